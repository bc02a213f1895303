import ArgumentParser
import AsyncHTTPClient
@main struct Kmd: ParsableCommand { func run() { print("kmd") } }
