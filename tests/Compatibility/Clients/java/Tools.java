import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.lang.reflect.InvocationTargetException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Scanner;
import org.apache.kafka.common.utils.Exit;

/**
 * Runs Kafka's own command-line tools one after another in one JVM, as a JVM's start costs more than most of them.
 * Each line of standard input is {"main": class, "args": [...], "input": text}; each line of standard output is
 * {"code": exit code, "output": text, "errors": text}.
 */
public final class Tools {
    private static final class Ended extends RuntimeException {
        final int code;

        Ended(int code, String message) {
            super(message, null, false, false);
            this.code = code;
        }
    }

    private static Ended ended;
    private static final List<Runnable> hooks = new ArrayList<>();

    public static void main(String[] arguments) throws Exception {
        ObjectMapper mapper = new ObjectMapper();
        PrintStream answers = System.out;
        PrintStream errors = System.err;
        Scanner requests = new Scanner(System.in, StandardCharsets.UTF_8);
        // The tools end by Exit.exit, which may be replaced: that is what Kafka's own tests do. Some of them catch whatever is thrown there
        // and end once more, so the first code is the one that counts.
        Exit.Procedure end = (code, message) -> {
            if (ended == null) ended = new Ended(code, message);
            throw ended;
        };
        Exit.setExitProcedure(end);
        Exit.setHaltProcedure(end);
        Exit.setShutdownHookAdder((name, hook) -> hooks.add(hook));
        while (requests.hasNextLine()) {
            JsonNode request = mapper.readTree(requests.nextLine());
            ByteArrayOutputStream output = new ByteArrayOutputStream();
            ByteArrayOutputStream failure = new ByteArrayOutputStream();
            System.setIn(new ByteArrayInputStream(request.path("input").asText("").getBytes(StandardCharsets.UTF_8)));
            System.setOut(new PrintStream(output, false, StandardCharsets.UTF_8));
            System.setErr(new PrintStream(failure, true, StandardCharsets.UTF_8));
            int code = run(request.get("main").asText(), mapper.convertValue(request.get("args"), String[].class));
            // The console producer sends what it still holds when the JVM ends.
            hooks.forEach(Runnable::run);
            hooks.clear();
            System.out.flush();
            System.setErr(errors);
            answers.println(mapper.writeValueAsString(Map.of("code", code, "output", output.toString(StandardCharsets.UTF_8), "errors", failure.toString(StandardCharsets.UTF_8))));
            answers.flush();
        }

        // What a tool left running must not keep the JVM when the tests are done.
        Runtime.getRuntime().halt(0);
    }

    private static int run(String main, String[] arguments) {
        ended = null;
        try {
            Class.forName(main).getMethod("main", String[].class).invoke(null, (Object) arguments);
            return ended == null ? 0 : ended.code;
        } catch (InvocationTargetException e) {
            if (ended != null) {
                if (ended.getMessage() != null) System.err.println(ended.getMessage());
                return ended.code;
            }
            e.getCause().printStackTrace();
            return 1;
        } catch (ReflectiveOperationException e) {
            e.printStackTrace();
            return 2;
        }
    }
}
