#!/bin/bash
# Root file systems of services from Debian's packages, without any image registry.
#
#   tests/services/image.sh DIR SERVICE...
#
# DIR/base is a minimal Debian, made once; DIR/SERVICE/upper what the service's packages and its `setup` put on top; both
# beside a tar. All are kept: a layer is made again only when what it is made of changed. Several callers may share DIR.
# Needs root, debootstrap and a mirror ($SERVICES_MIRROR, else this machine's own).
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
dir=$1
shift
mkdir -p "$dir/debs/partial"

base() {
    [ -f "$dir/base.tar" ] && return
    [ "$1" = make ] || return 1
    local mirror
    # shellcheck disable=SC2016 # apt-get expands it
    mirror=${SERVICES_MIRROR:-$(apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' | head -1)}
    rm -rf --one-file-system "$dir/base" "$dir/base.new"
    debootstrap --variant=minbase --include=procps,ca-certificates bookworm "$dir/base.new" "$mirror" >"$dir/base.log" 2>&1 ||
        { tail -3 "$dir/base.log" >&2; return 1; }
    chroot "$dir/base.new" apt-get -qq update >>"$dir/base.log" 2>&1 || return 1
    rm -rf "$dir/base.new"/var/cache/apt/archives/*.deb "$dir/base.new"/usr/share/{doc,man,locale}/*
    printf '#!/bin/sh\nexit 101\n' >"$dir/base.new/usr/sbin/policy-rc.d"
    chmod 755 "$dir/base.new/usr/sbin/policy-rc.d"
    tar -C "$dir/base.new" --numeric-owner --xattrs --exclude="./dev/*" --exclude="./var/lib/apt/lists/*" -cf "$dir/base.tar.new" .
    mv "$dir/base.new" "$dir/base"
    mv "$dir/base.tar.new" "$dir/base.tar"
}

# shellcheck disable=SC2317 # runs in the image
keeper() {
    entry serve <<SCRIPT
#!/bin/sh
read -r what value
case \$what in put) echo "\$value" >$1 && echo done ;; get) cat $1 ;; *) id -un ;; esac
SCRIPT
}

# The service's packages in an overlay over the base; what came on top is its layer.
layer() (
    local name=$1 key
    # shellcheck disable=SC2317 # the service may have its own
    setup() { :; }
    # shellcheck disable=SC2317
    outside() { :; }
    packages='' scratch=''
    # shellcheck source=/dev/null
    . "$here/list/$name.sh"
    key=$({ echo "$packages $scratch"; declare -f setup outside keeper; } | sha256sum)
    [ "$(cat "$dir/$name.key" 2>/dev/null)" != "$key" ] || return 0
    [ "$2" = make ] || return 1
    rm -rf --one-file-system "${dir:?}/$name"
    mkdir -p "$dir/$name"/{upper,work,root}
    if [ -n "$scratch" ]; then # nothing of the base
        outside "$dir/$name/upper"
        tar -C "$dir/$name/upper" --numeric-owner -cf "$dir/$name.tar.new" .
        mv "$dir/$name.tar.new" "$dir/$name.tar"
        echo "$key" >"$dir/$name.key"
        return
    fi
    mount -t overlay -o "lowerdir=$dir/base,upperdir=$dir/$name/upper,workdir=$dir/$name/work" overlay "$dir/$name/root"
    trap 'umount -R -l "$dir/$name/root"' EXIT
    mount --bind "$dir/debs" "$dir/$name/root/var/cache/apt/archives"
    mount -t proc proc "$dir/$name/root/proc"
    mount --bind /dev "$dir/$name/root/dev"
    rm -f "$dir/$name/root/etc/resolv.conf"
    cp -L /etc/resolv.conf "$dir/$name/root/etc/resolv.conf"
    outside "$dir/$name/root"
    {
        echo 'set -e; export DEBIAN_FRONTEND=noninteractive LC_ALL=C'
        if [ -n "$packages" ]; then
            echo 'mkdir -p /usr/share/man/man1' # some packages' scripts insist
            echo "apt-get -qq -o APT::Keep-Downloaded-Packages=true -o Dpkg::Options::=--force-unsafe-io -o Dpkg::Options::=--path-exclude=/usr/share/doc/* -o Dpkg::Options::=--path-exclude=/usr/share/man/* install -y --no-install-recommends $packages"
        fi
        # An image's program of ours, from standard input: entry NAME
        # shellcheck disable=SC2016
        echo 'entry() { cat >"/usr/local/bin/$1"; chmod 755 "/usr/local/bin/$1"; }'
        # A server of one value, for socat: keeper FILE. `put V`, `get`, and for anything else who it runs as.
        declare -f keeper
        declare -f setup
        echo setup
    } >"$dir/$name/script"
    chroot "$dir/$name/root" /bin/bash -s <"$dir/$name/script" >"$dir/$name.log" 2>&1 ||
        { tail -5 "$dir/$name.log" >&2; return 1; }
    rm -f "$dir/$name/root/etc/resolv.conf"
    umount -R -l "$dir/$name/root"
    trap - EXIT
    rm -rf --one-file-system "$dir/$name"/{root,work} "$dir/$name/upper"/var/cache/{apt,debconf,ldconfig} "$dir/$name/upper"/var/lib/apt/lists
    # Deletions (character devices of number 0) have no place in a plain archive.
    (cd "$dir/$name/upper" && find . -mindepth 1 ! -type c -print0 |
        tar --numeric-owner --xattrs --no-recursion --null -T - -cf "$dir/$name.tar.new")
    mv "$dir/$name.tar.new" "$dir/$name.tar"
    echo "$key" >"$dir/$name.key"
)

# One at a time makes anything; what is there already waits for nobody.
alone() { "$@" there || { flock 9 && "$@" make; } 9>"$dir/lock"; }

alone base || { echo "image.sh: the base could not be made" >&2; exit 1; }
for s in "$@"; do
    alone layer "$s" || { echo "image.sh: $s could not be built" >&2; exit 1; }
done
