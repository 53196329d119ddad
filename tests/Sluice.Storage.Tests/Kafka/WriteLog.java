import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.*;
import org.apache.kafka.clients.admin.*;
import org.apache.kafka.clients.consumer.*;
import org.apache.kafka.clients.producer.*;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.serialization.*;

/**
 * Makes a topic on a running Apache Kafka whose partition has all that a log directory can hold (every codec, several segments,
 * headers, nulls, idempotent producers, committed and aborted transactions), and writes down what a consumer reads of it.
 * Arguments: bootstrap address, topic, output file.
 */
public class WriteLog {
    static final long BASE = 1_700_000_000_000L;
    static int count = 0;

    public static void main(String[] args) throws Exception {
        Map<String, Object> common = Map.of("bootstrap.servers", args[0]);
        try (Admin admin = Admin.create(new HashMap<>(common))) {
            NewTopic topic = new NewTopic(args[1], 1, (short) 1).configs(Map.of(
                "segment.ms", "30000", "index.interval.bytes", "200", "retention.ms", "-1", "message.timestamp.before.max.ms", "9223372036854775807"));
            admin.createTopics(List.of(topic)).all().get();
        }
        for (String codec : List.of("none", "gzip", "snappy", "lz4", "zstd"))
            try (Producer<String, String> producer = producer(common, Map.of("compression.type", codec))) {
                for (int batch = 0; batch < 4; batch++) {
                    for (int i = 0; i < 5; i++) send(producer, args[1], codec);
                    producer.flush();
                }
            }
        try (Producer<String, String> producer = producer(common, Map.of("transactional.id", "writer", "compression.type", "lz4"))) {
            producer.initTransactions();
            for (boolean commit : new boolean[] {true, false, true, false}) {
                producer.beginTransaction();
                for (int i = 0; i < 3; i++) send(producer, args[1], commit ? "committed" : "aborted");
                producer.flush();
                if (commit) producer.commitTransaction(); else producer.abortTransaction();
            }
        }
        read(common, args[1], args[2]);
    }

    static Producer<String, String> producer(Map<String, Object> common, Map<String, Object> more) {
        Map<String, Object> all = new HashMap<>(common);
        all.put("linger.ms", 1000);
        all.putAll(more);
        return new KafkaProducer<>(all, new StringSerializer(), new StringSerializer());
    }

    static void send(Producer<String, String> producer, String topic, String label) {
        int n = count++;
        ProducerRecord<String, String> record = new ProducerRecord<>(topic, 0, BASE + n * 1000L,
            n % 7 == 3 ? null : "key-" + n, n % 11 == 5 ? null : (label + " record " + n + " ").repeat(8));
        if (n % 3 == 0) record.headers().add("source", label.getBytes(StandardCharsets.UTF_8)).add("none", null);
        producer.send(record);
    }

    static void read(Map<String, Object> common, String topic, String path) throws Exception {
        TopicPartition partition = new TopicPartition(topic, 0);
        try (Consumer<String, String> consumer = new KafkaConsumer<>(new HashMap<>(common), new StringDeserializer(), new StringDeserializer());
             PrintWriter out = new PrintWriter(path, StandardCharsets.UTF_8)) {
            consumer.assign(List.of(partition));
            consumer.seekToBeginning(List.of(partition));
            long end = consumer.endOffsets(List.of(partition)).get(partition);
            out.println("end " + end);
            while (consumer.position(partition) < end)
                for (ConsumerRecord<String, String> r : consumer.poll(Duration.ofSeconds(1))) {
                    StringJoiner headers = new StringJoiner(",");
                    for (Header h : r.headers()) headers.add(h.key() + "=" + (h.value() == null ? "null" : new String(h.value(), StandardCharsets.UTF_8)));
                    out.println(r.offset() + "|" + r.timestamp() + "|" + r.key() + "|" + r.value() + "|" + headers);
                }
        }
    }
}
