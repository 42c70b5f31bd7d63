# Tomcat unpacked below /usr/local, all of it root's, as its image has it; logs and work files beside the program.
# shellcheck shell=bash disable=SC2034,SC2016,SC2154
held=1
packages='tomcat10 default-jre-headless'
dockerfile='ENV CATALINA_HOME=/usr/local/tomcat
ENV PATH=/usr/local/tomcat/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
WORKDIR /usr/local/tomcat
EXPOSE 8080
CMD ["catalina.sh", "run"]'
layer=1
setup() {
    cp -rL /usr/share/tomcat10 /usr/local/tomcat
    cp -rL /etc/tomcat10 /usr/local/tomcat/conf
    mkdir -p /usr/local/tomcat/{logs,temp,work,webapps/ROOT}
    echo 'tomcat answers' >/usr/local/tomcat/webapps/ROOT/index.html
    sed -i 's|<servlet-class>org.apache.catalina.servlets.DefaultServlet</servlet-class>|&<init-param><param-name>readonly</param-name><param-value>false</param-value></init-param>|' /usr/local/tomcat/conf/web.xml
    sed -i 's/8005/-1/' /usr/local/tomcat/conf/server.xml
    chown -R root:root /usr/local/tomcat
}
patience=40
health='http 8080 /'
client() { web 8080 /; }
answer='tomcat answers'
put() { web 8080 /kept.txt -X PUT -d "$1"; }
get() { web 8080 /kept.txt; }
