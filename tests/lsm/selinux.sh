# shellcheck shell=dash
# shellcheck disable=SC2016 # conditions are evaluated where they are checked
# Checks of the SELinux guest.
dd if=/etc/selinux.policy of=/sys/fs/selinux/load bs=8M count=1 2>/dev/null
ok "the policy loads" "[ $? = 0 ]"
ok "SELinux enforces" '[ "$(cat /sys/fs/selinux/enforce)" = 1 ]'
mkdir -p /box
mount -t tmpfs -o mode=755 box /box
cp -a /ct/rootfs/. /box/
chcon -R system_u:object_r:container_file_t:s0 /box
go good
ok "a container of a confined type starts" 'has container_t:s0:c1,c2'
ok "it does its work" 'has work'
go none
ok "[A03] no label is refused by name" '[ $rc = 1 ] && has "sallyport: refused" && has "selinux-label"'
go spc
ok "[A03] a type that confines nothing is refused by name" '[ $rc = 1 ] && has "selinux-label"'
go malformed
ok "[A03] half a label is refused by name" '[ $rc = 1 ] && has "selinux-label"'
go mount
ok "[A04] mounts labelled as the host's content are refused by name" '[ $rc = 1 ] && has "selinux-label"'
go stranger
ok "a type that may not be entered starts nothing" '[ $rc != 0 ] && ! has work'
