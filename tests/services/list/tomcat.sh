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
    cat >/usr/local/tomcat/webapps/ROOT/index.jsp <<'PAGE'
<%@ page import="java.nio.file.*" %><%
Path kept = Path.of("kept");
String v = request.getParameter("put");
if (v != null) Files.writeString(kept, v);
out.print("tomcat answers " + (Files.exists(kept) ? Files.readString(kept) : ""));
%>
PAGE
    sed -i 's/8005/-1/' /usr/local/tomcat/conf/server.xml
    chown -R root:root /usr/local/tomcat
}
patience=40
health='http 8080 /'
client() { web 8080 /; }
answer='tomcat answers'
put() { web 8080 "/?put=$1"; }
get() { web 8080 /; }
