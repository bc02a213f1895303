# An OCI image archive (image-spec 1.0: image layout in a tar) of one layer, by hand. Sourced by build-images.

sha_of() { sha256sum <"$1" | cut -d' ' -f1; }

# Every tar is the same for the same files: sorted, no times, no owners, no names of this machine.
stable_tar() { tar --format=gnu --sort=name --mtime=@0 --owner=0 --group=0 --numeric-owner -C "$1" -cf "$2" "${@:3}"; }

# put_blob DIRECTORY FILE: files it under its digest, and prints that.
put_blob() {
    local digest
    digest=$(sha_of "$2")
    mv "$2" "$1/blobs/sha256/$digest"
    echo "$digest"
}

# Debian's word for this machine's processor, and OCI's, are the same for those that kmd runs on.
architecture() { dpkg --print-architecture; }

# oci_archive ROOT REFERENCES CONFIG LAYOUT ARCHIVE: ROOT's files as an image with each of these names; CONFIG is the JSON of the
# image's "config". The layer is not compressed, so that its digest is its diff_id.
oci_archive() {
    local root=$1 references=$2 config=$3 layout=$4 archive=$5 layer config_digest manifest layer_size config_size
    rm -rf "$layout"; mkdir -p "$layout/blobs/sha256"
    stable_tar "$root" "$layout/layer" .
    layer_size=$(stat -c %s "$layout/layer")
    layer=$(put_blob "$layout" "$layout/layer")
    printf '{"architecture":"%s","os":"linux","created":"1970-01-01T00:00:00Z","config":%s,"rootfs":{"type":"layers","diff_ids":["sha256:%s"]},"history":[{"created":"1970-01-01T00:00:00Z","created_by":"kmd scripts/build-images"}]}' \
        "$(architecture)" "$config" "$layer" >"$layout/config"
    config_size=$(stat -c %s "$layout/config")
    config_digest=$(put_blob "$layout" "$layout/config")
    printf '{"schemaVersion":2,"mediaType":"application/vnd.oci.image.manifest.v1+json","config":{"mediaType":"application/vnd.oci.image.config.v1+json","digest":"sha256:%s","size":%d},"layers":[{"mediaType":"application/vnd.oci.image.layer.v1.tar","digest":"sha256:%s","size":%d}]}' \
        "$config_digest" "$config_size" "$layer" "$layer_size" >"$layout/manifest"
    local manifest_size
    manifest_size=$(stat -c %s "$layout/manifest")
    manifest=$(put_blob "$layout" "$layout/manifest")
    # The annotation is what containerd names the image by at import.
    local name entries=
    for name in $references; do
        entries+=${entries:+,}$(printf '{"mediaType":"application/vnd.oci.image.manifest.v1+json","digest":"sha256:%s","size":%d,"annotations":{"io.containerd.image.name":"%s","org.opencontainers.image.ref.name":"%s"},"platform":{"architecture":"%s","os":"linux"}}' \
            "$manifest" "$manifest_size" "$name" "${name##*:}" "$(architecture)")
    done
    printf '{"schemaVersion":2,"manifests":[%s]}' "$entries" >"$layout/index.json"
    printf '{"imageLayoutVersion":"1.0.0"}' >"$layout/oci-layout"
    stable_tar "$layout" "$archive" oci-layout index.json blobs
}
