# What is in each image. Sourced by build-images; images/<name>/ holds files that are copied in.

images=(pause busybox nginx)

reference_of() {
    case $1 in
        pause) echo registry.k8s.io/pause:3.9 ;;
        busybox) echo docker.io/library/busybox:latest ;;
        # The second name is that of the oldest guide, examples/pod-nginx.json.
        kmd) echo docker.io/library/kmd:latest ;;
        nginx) echo docker.io/library/nginx:latest docker.io/dockerfile/nginx:latest ;;
    esac
}

packages_of() {
    case $1 in
        pause) echo catatonit ;;
        busybox) echo busybox-static ;;
        nginx) echo base-files netbase libc6 libgcc-s1 libcrypt1 libpcre2-8-0 libssl3 zlib1g nginx-common nginx busybox-static ;;
    esac
}

config_of() {
    local path='"Env":["PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"]'
    case $1 in
        pause) echo "{$path,\"Entrypoint\":[\"/pause\",\"-P\"],\"WorkingDir\":\"/\"}" ;;
        kmd) echo "{$path,\"Entrypoint\":[\"/kmd\"],\"WorkingDir\":\"/\"}" ;;
        busybox) echo "{$path,\"Cmd\":[\"sh\"],\"WorkingDir\":\"/\"}" ;;
        nginx) echo "{$path,\"ExposedPorts\":{\"80/tcp\":{}},\"Cmd\":[\"nginx\",\"-g\",\"daemon off;\"],\"WorkingDir\":\"/\",\"StopSignal\":\"SIGQUIT\"}" ;;
    esac
}

# Users and directories that programs expect of any system. $1: the root.
basics() {
    mkdir -p "$1"/{dev,etc,proc,root,run,sys,tmp,var/log,var/tmp}
    chmod 1777 "$1/tmp" "$1/var/tmp"
    chmod 700 "$1/root"
    printf '%s\n' 'root:x:0:0:root:/root:/bin/sh' 'www-data:x:33:33:www-data:/var/www:/usr/sbin/nologin' \
        'nobody:x:65534:65534:nobody:/nonexistent:/usr/sbin/nologin' >"$1/etc/passwd"
    printf '%s\n' 'root:x:0:' 'www-data:x:33:' 'nogroup:x:65534:' >"$1/etc/group"
    printf '%s\n' 'hosts: files dns' >"$1/etc/nsswitch.conf"
}

# catatonit -P does nothing but wait and bury orphans. It is linked statically.
make_pause() {
    mkdir -p "$1/unpacked"
    unpack catatonit "$1/unpacked"
    install -m 755 "$1/unpacked/usr/bin/catatonit" "$1/pause"
    rm -rf "$1/unpacked"
}

# Busybox and a link for each of its commands, where the directory has none of that name. $1: the directory.
busybox_into() {
    local unpacked=$work/busybox command
    rm -rf "$unpacked"; mkdir -p "$unpacked"
    unpack busybox-static "$unpacked"
    install -m 755 "$(find "$unpacked" -type f -name busybox -perm -u+x | head -1)" "$1/busybox"
    rm -rf "$unpacked"
    "$1/busybox" --list | sort -u | while read -r command; do
        [ -e "$1/$command" ] || [ -e "$1/../sbin/$command" ] || ln -s busybox "$1/$command"
    done
}

make_busybox() {
    basics "$1"
    mkdir -p "$1"/{bin,usr}
    ln -s bin "$1/sbin"
    ln -s ../bin "$1/usr/bin"
    busybox_into "$1/bin"
}

make_nginx() {
    local directory package
    # Debian keeps everything below /usr, and the packages still unpack to both.
    for directory in bin sbin lib; do mkdir -p "$1/usr/$directory"; ln -s "usr/$directory" "$1/$directory"; done
    mkdir -p "$1/usr/lib64"; ln -s usr/lib64 "$1/lib64"
    for package in $(packages_of nginx); do [ "$package" = busybox-static ] || unpack "$package" "$1"; done
    basics "$1"
    # A shell and the usual commands, for exec and for probes that are commands.
    busybox_into "$1/usr/bin"
    # What no container needs.
    rm -rf "$1"/usr/share/{doc,man,lintian,bug,perl5,locale,base-files,common-licenses} "$1"/etc/{init.d,logrotate.d,ufw,default,nginx} \
        "$1"/var/{lib/dpkg,cache} "$1"/usr/lib/{systemd,*/gconv} "$1"/{boot,home,media,mnt,opt,srv}
    mkdir -p "$1"/etc/nginx/conf.d "$1"/var/log/nginx "$1"/var/lib/nginx "$1"/var/cache/nginx "$1"/usr/share/nginx/html
    cp "$here"/images/nginx/nginx.conf "$1/etc/nginx/nginx.conf"
    cp "$here"/images/nginx/default.conf "$1/etc/nginx/conf.d/default.conf"
    cp "$here"/images/nginx/mime.types "$1/etc/nginx/mime.types"
    cp "$here"/images/nginx/index.html "$here"/images/nginx/50x.html "$1/usr/share/nginx/html/"
    chmod -R u=rwX,go=rX "$1/etc/nginx" "$1/usr/share/nginx"
    ln -sf /dev/stdout "$1/var/log/nginx/access.log"
    ln -sf /dev/stderr "$1/var/log/nginx/error.log"
}

# The shared libraries that a program is linked with, the loader among them: Swift's own, wherever they are, and the system's.
libraries_of() { ldd "$1" | awk '$2 == "=>" && $3 ~ /^\// { print $3 } $1 ~ /^\// { print $1 }' | sort -u; }

# kmd without its symbols, its libraries where its loader looks for them, and links by the names of the original's programs.
make_kmd() {
    local library link directory
    basics "$1"
    install -m 755 "$binary" "$1/kmd"
    ! command -v strip >/dev/null || strip -s "$1/kmd"
    # The loader knows this directory by itself, whatever the program was told about the machine that built it.
    directory=/lib/$(dpkg-architecture -qDEB_HOST_MULTIARCH 2>/dev/null || gcc -print-multiarch 2>/dev/null || echo "$(uname -m)-linux-gnu")
    mkdir -p "$1$directory"
    for library in $(libraries_of "$binary"); do
        case $library in
            */ld-linux*|*/ld-musl*) mkdir -p "$1$(dirname "$library")"; install -m 755 "$library" "$1$library" ;;
            *) install -m 755 "$library" "$1$directory/" ;;
        esac
    done
    for link in kube2sky skydns exechealthz; do ln -s kmd "$1/$link"; done
}
