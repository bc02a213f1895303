# kmd: `make run` starts a whole cluster on this machine, `make test` proves it, `make` builds. `make help` lists the rest.

SHELL := /bin/bash
CONFIGURATION ?= release
DATA_DIR ?= $(CURDIR)/.kmd
PORT ?= 8888
# SwiftPM hands out the -D of package traits in an order that changes from run to run, and each other order builds SwiftProtobuf and all above it again.
BUILD := SWIFT_DETERMINISTIC_HASHING=1 swift build

.DEFAULT_GOAL := build

.PHONY: help run stop uninstall build test unit sim format lint bench images requirements ha ha-stop chaos

help: ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-13s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

run: ## install what is missing, build, start a cluster, run the example nginx pod, say how to go on
	@CONFIGURATION=$(CONFIGURATION) DATA_DIR=$(DATA_DIR) PORT=$(PORT) scripts/run

stop: ## stop the cluster that `make run` started; its pods run on and the next start adopts them
	@DATA_DIR=$(DATA_DIR) scripts/stop

uninstall: ## stop it, its pods too, and remove all that it made on this machine
	@CONFIGURATION=$(CONFIGURATION) DATA_DIR=$(DATA_DIR) scripts/uninstall

build: requirements ## build the kmd binary (CONFIGURATION=debug for a quick one), and put it as kmd and km into _output/local/go/bin
	@$(BUILD) -c $(CONFIGURATION) --product kmd
	@mkdir -p _output/local/go/bin
	@for name in kmd km; do ln -sfn "$$(swift build -c $(CONFIGURATION) --show-bin-path)/kmd" _output/local/go/bin/$$name; done

test: ## install what the tests need, build, run them all, with real containers and the real kubectl
	@scripts/test all

unit: ## only the tests that need no root, containers or servers
	@scripts/test unit

sim: ## 10,000 seeds of the whole cluster under virtual time (SEEDS=…, FIRST=… for others), and each planted fault: docs/simulation.md
	@$(BUILD) -c release --product kmd-sim
	@"$$(swift build -c release --show-bin-path)/kmd-sim" --seeds=$(or $(SEEDS),10000) $(if $(FIRST),--first=$(FIRST))
	@"$$(swift build -c release --show-bin-path)/kmd-sim" --planted

format: ## bring the sources into the project's format
	@swift format --in-place --parallel --recursive --configuration .swift-format Package.swift Sources/Main Sources/Actors Sources/Services Tests

lint: ## say where the sources are not in the project's format
	@swift format lint --parallel --recursive --configuration .swift-format Package.swift Sources/Main Sources/Actors Sources/Services Tests

bench: requirements ## measure: figures to compare with docs/performance.md
	@Benchmarks/run

images: build ## build the images of the guides: pause, busybox, nginx from Debian's packages, and kmd's own
	@scripts/build-images .build/images
	@scripts/build-images --kmd="$$(swift build -c $(CONFIGURATION) --show-bin-path)/kmd" .build/images

ha: build images ## the deployment of docs/ha.md on this machine: three masters in namespaces of their own, two agents, haproxy, and a pod
	@KMD="$$(swift build -c $(CONFIGURATION) --show-bin-path)/kmd" scripts/ha up

chaos: build images ## faults on that cluster under load, round after round, and a checker of its own (ROUNDS=50, CAMPAIGN=name to count them); see docs/ha.md
	@scripts/chaos --self-test
	@KMD="$$(swift build -c $(CONFIGURATION) --show-bin-path)/kmd" scripts/chaos --rounds=$(or $(ROUNDS),50) --campaign=$(CAMPAIGN)

ha-stop: ## stop what `make ha` started, and remove it without a trace
	@scripts/ha down

requirements: ## install the Debian packages that building and running needs
	@scripts/requirements run
