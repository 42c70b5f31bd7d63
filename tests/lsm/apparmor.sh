# shellcheck shell=dash
# shellcheck disable=SC2016 # conditions are evaluated where they are checked
# Checks of the AppArmor guest.
ok "AppArmor is on" '[ "$(cat /sys/module/apparmor/parameters/enabled)" = Y ]'
apparmor_parser -r -K -W /etc/sallyport-container
ok "our profile loads" "[ $? = 0 ]"
go none
ok "[A01] a container without a profile gets ours" 'has "sallyport-container (enforce)"'
ok "[A01] it does its work" 'has work'
ok "our profile denies: writing another label" 'has "attr/exec: Permission denied" || has "attr/current: Permission denied"'
ok "our profile's denials are in the kernel's log" 'dmesg | grep -q "apparmor=.DENIED.*sallyport-container"'
dmesg | grep 'apparmor="DENIED"' | head -3
go unconfined
ok "[A01] an unconfined container gets ours" 'has "sallyport-container (enforce)"'
go ours
ok "[A01] our own profile by name starts" 'has "sallyport-container (enforce)"'
go missing
ok "[A01] a profile that is not loaded is refused by name" '[ $rc = 1 ] && has "sallyport: refused" && has "apparmor-profile" && has "no-such-profile"'
apparmor_parser -R /etc/sallyport-container
go ours
ok "[A01] our own profile, unloaded, starts nothing unconfined" '[ $rc != 0 ] && ! has work'
