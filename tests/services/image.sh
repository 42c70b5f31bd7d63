#!/bin/bash
# Root file systems of services from Debian's packages, without any image registry.
#
#   tests/services/image.sh DIR SERVICE...
#
# DIR/base.tar is a minimal Debian, made once; DIR/SERVICE.tar what the service's packages and its `setup` put on top.
# Both are kept: a tar is made again only when the service's file is newer. Needs root, debootstrap and a mirror.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
dir=$1
shift
# shellcheck disable=SC2016 # apt-get expands it
mirror=${SERVICES_MIRROR:-$(apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' | head -1)} # this machine's own
mkdir -p "$dir/debs/partial"

base() {
    [ -d "$dir/base" ] && [ -f "$dir/base.tar" ] && return
    rm -rf --one-file-system "$dir/base" "$dir/base.new"
    debootstrap --variant=minbase --include=procps,ca-certificates bookworm "$dir/base.new" "$mirror" >"$dir/base.log" 2>&1 ||
        { tail -3 "$dir/base.log" >&2; return 1; }
    rm -rf "$dir/base.new"/var/cache/apt/archives/*.deb "$dir/base.new"/usr/share/{doc,man,locale}/*
    printf '#!/bin/sh\nexit 101\n' >"$dir/base.new/usr/sbin/policy-rc.d"
    chmod 755 "$dir/base.new/usr/sbin/policy-rc.d"
    tar -C "$dir/base.new" --numeric-owner --xattrs --exclude="./dev/*" --exclude="./var/lib/apt/lists/*" -cf "$dir/base.tar.new" .
    mv "$dir/base.new" "$dir/base"
    mv "$dir/base.tar.new" "$dir/base.tar"
}

# The service's packages in an overlay over the base; what came on top is its layer.
layer() (
    local name=$1 file=$here/list/$1.sh
    [ "$dir/$name.tar" -nt "$file" ] && return
    # shellcheck disable=SC2317 # the service may have its own
    setup() { :; }
    packages=''
    # shellcheck source=/dev/null
    . "$file"
    rm -rf --one-file-system "${dir:?}/$name"
    mkdir -p "$dir/$name"/{upper,work,root}
    mount -t overlay -o "lowerdir=$dir/base,upperdir=$dir/$name/upper,workdir=$dir/$name/work" overlay "$dir/$name/root"
    trap 'umount -R -l "$dir/$name/root"' EXIT
    mount --bind "$dir/debs" "$dir/$name/root/var/cache/apt/archives"
    mount -t proc proc "$dir/$name/root/proc"
    mount --bind /dev "$dir/$name/root/dev"
    rm -f "$dir/$name/root/etc/resolv.conf"
    cp -L /etc/resolv.conf "$dir/$name/root/etc/resolv.conf"
    {
        echo 'set -e; export DEBIAN_FRONTEND=noninteractive LC_ALL=C'
        if [ -n "$packages" ]; then
            echo "[ -f /var/lib/apt/lists/lock ] && ls /var/lib/apt/lists/*Packages* >/dev/null 2>&1 || apt-get -qq update"
            echo "apt-get -qq -o APT::Keep-Downloaded-Packages=true -o Dpkg::Options::=--path-exclude=/usr/share/doc/* install -y --no-install-recommends $packages"
        fi
        # An image's program of ours, from standard input: entry NAME
        # shellcheck disable=SC2016
        echo 'entry() { cat >"/usr/local/bin/$1"; chmod 755 "/usr/local/bin/$1"; }'
        declare -f setup
        echo setup
    } >"$dir/$name/script"
    chroot "$dir/$name/root" /bin/bash -s <"$dir/$name/script" >"$dir/$name.log" 2>&1 ||
        { tail -5 "$dir/$name.log" >&2; return 1; }
    umount "$dir/$name/root/var/cache/apt/archives" "$dir/$name/root/proc" "$dir/$name/root/dev"
    # Deletions (character devices of number 0) have no place in a plain archive.
    (cd "$dir/$name/upper" && find . -mindepth 1 ! -type c ! -path './var/lib/apt/lists/*' ! -path './usr/share/doc/*' ! -path './usr/share/man/*' \
        ! -path './var/cache/apt/*' ! -path './var/cache/debconf/*' ! -path ./etc/resolv.conf -print0 |
        tar --numeric-owner --xattrs --no-recursion --null -T - -cf "$dir/$name.tar.new")
    mv "$dir/$name.tar.new" "$dir/$name.tar"
    umount -R "$dir/$name/root"
    trap - EXIT
    rm -rf --one-file-system "${dir:?}/$name"
)

base
for s in "$@"; do layer "$s" || { echo "image.sh: $s could not be built" >&2; exit 1; }; done
