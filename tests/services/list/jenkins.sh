# As Jenkins's image: a user of its own, tini, a start script that copies reference files into the home on a volume.
# shellcheck shell=bash disable=SC2034,SC2016,SC2154
held=2
packages='tini socat'
dockerfile='ENV JENKINS_HOME=/var/jenkins_home
ENV REF=/usr/share/jenkins/ref
ENV COPY_REFERENCE_FILE_LOG=/var/jenkins_home/copy_reference_file.log
VOLUME /var/jenkins_home
EXPOSE 8080
USER jenkins
ENTRYPOINT ["/usr/bin/tini", "--", "/usr/local/bin/jenkins.sh"]'
volume=/var/jenkins_home
setup() {
    groupadd -g 1000 jenkins
    useradd -l -m -d /var/jenkins_home -u 1000 -g 1000 -s /bin/bash jenkins
    mkdir -p /usr/share/jenkins/ref/init.groovy.d
    echo one >/usr/share/jenkins/ref/init.groovy.d/one
    chown -R jenkins:jenkins /usr/share/jenkins/ref /var/jenkins_home
    entry jenkins.sh <<'SCRIPT'
#! /bin/bash -e
: "${JENKINS_HOME:="/var/jenkins_home"}"
: "${COPY_REFERENCE_FILE_LOG:="${JENKINS_HOME}/copy_reference_file.log"}"
: "${REF:="/usr/share/jenkins/ref"}"
touch "${COPY_REFERENCE_FILE_LOG}" || { echo "Can not write to ${COPY_REFERENCE_FILE_LOG}. Wrong volume permissions?"; exit 1; }
echo "--- Copying files at $(date)" >> "$COPY_REFERENCE_FILE_LOG"
cp -r "$REF/." "$JENKINS_HOME"
mkdir -p "$HOME/.cache" && mkdir -p "${TMPDIR:-/tmp}/war"
echo ok > ~/.jenkins-ran
exec socat TCP-LISTEN:8080,fork,reuseaddr SYSTEM:/usr/local/bin/serve
SCRIPT
    keeper /var/jenkins_home/kept
}
health='tcp 8080'
client() { talk 8080 who; }
answer='^jenkins$'
put() { talk 8080 "put $1"; }
get() { talk 8080 get; }
