# A Java application of root's: a class path beside it, performance data in /tmp, data on a volume.
# shellcheck shell=bash disable=SC2034,SC2016,SC2154
packages='default-jre-headless ecj'
dockerfile='WORKDIR /opt/app
VOLUME /opt/app/data
EXPOSE 8080
CMD ["java", "-Xmx128m", "-cp", "/opt/app", "App"]'
volume=/opt/app/data
setup() {
    mkdir -p /opt/app/data
    cat >/opt/app/App.java <<'APP'
import com.sun.net.httpserver.HttpServer;
import java.net.InetSocketAddress;
import java.nio.file.*;

public class App {
    public static void main(String[] args) throws Exception {
        Path kept = Path.of("data", "kept");
        Files.writeString(Path.of("app.log"), "started\n", StandardOpenOption.CREATE, StandardOpenOption.APPEND);
        Files.createTempFile("app", "");
        HttpServer server = HttpServer.create(new InetSocketAddress(8080), 0);
        server.createContext("/", exchange -> {
            byte[] body = "java answers\n".getBytes();
            int status = 200;
            try {
                if (exchange.getRequestMethod().equals("PUT")) Files.write(kept, exchange.getRequestBody().readAllBytes());
                else if (exchange.getRequestURI().getPath().equals("/kept")) body = Files.readAllBytes(kept);
            } catch (Exception e) {
                status = 500;
                body = e.toString().getBytes();
            }
            exchange.sendResponseHeaders(status, body.length);
            exchange.getResponseBody().write(body);
            exchange.close();
        });
        server.start();
    }
}
APP
    ecj -proc:none -17 -d /opt/app /opt/app/App.java
}
patience=25
health='http 8080 /'
client() { web 8080 /; }
answer='java answers'
put() { web 8080 /kept -X PUT -d "$1"; }
get() { web 8080 /kept; }
