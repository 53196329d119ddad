import java.io.*;
import java.lang.reflect.Constructor;
import java.lang.reflect.Modifier;
import java.lang.reflect.ParameterizedType;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.*;
import java.util.jar.*;
import java.util.regex.Pattern;
import java.util.zip.GZIPOutputStream;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.message.ResponseHeaderData;
import org.apache.kafka.common.protocol.*;
import org.apache.kafka.common.protocol.types.BoundField;
import org.apache.kafka.common.protocol.types.Field;
import org.apache.kafka.common.protocol.types.Schema;
import org.apache.kafka.common.protocol.types.TaggedFields;
import org.apache.kafka.common.protocol.types.Type;
import org.apache.kafka.common.record.internal.BaseRecords;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.coordinator.common.runtime.CoordinatorRecord;
import org.apache.kafka.coordinator.common.runtime.CoordinatorRecordSerde;
import org.apache.kafka.coordinator.group.GroupCoordinatorRecordSerde;
import org.apache.kafka.coordinator.share.ShareCoordinatorRecordSerde;
import org.apache.kafka.coordinator.transaction.TransactionCoordinatorRecordSerde;
import org.apache.kafka.metadata.MetadataRecordSerde;
import org.apache.kafka.server.common.ApiMessageAndVersion;

/**
 * Fills every message class of Apache Kafka by fixed rules, which Golden/GoldenRule.cs repeats, and prints its bytes in every
 * version: the judge of Sluice's codecs. Each line is `message NAME VERSION VARIANT HEX`. The lines before them freeze what else
 * is a number: `error`, `api`, `header` (request and response header versions), `utf8` (how malformed text is read),
 * and `tags` (which tagged fields after a response header are taken). The lines
 * after them are records as logs hold them: `framed NAME VERSION HEX` and `keyed KEY-NAME VALUE-VERSION KEY-HEX VALUE-HEX`.
 */
public final class GoldenBytes {
    private static final Pattern MESSAGES = Pattern.compile("org/apache/kafka/(common/message|common/metadata|.*/generated)/[A-Za-z0-9]+\\.class");
    private static final String[] VARIANTS = {"full", "nulls", "empty", "default"};

    public static void main(String[] args) throws Exception {
        try (PrintStream out = new PrintStream(new GZIPOutputStream(new FileOutputStream(args[0])), false, "UTF-8")) {
            numbers(out);
            malformedText(out);
            tags(out);
            SortedMap<String, Class<?>> messages = messages();
            for (Map.Entry<String, Class<?>> message : messages.entrySet()) print(out, message.getKey(), message.getValue());
            for (Map.Entry<String, Class<?>> message : messages.entrySet()) {
                String type = message.getValue().getName();
                if (type.contains(".common.metadata.")) framed(out, message.getKey(), message.getValue());
                if (type.contains(".coordinator.") && type.endsWith("Key"))
                    keyed(out, message.getKey(), message.getValue(), messages.get(message.getKey().replaceAll("Key$", "Value")));
            }
        }
    }

    private static void numbers(PrintStream out) {
        for (Errors error : Errors.values()) {
            boolean retriable = error.exception() instanceof org.apache.kafka.common.errors.RetriableException;
            out.println("error " + error.code() + " " + error.name() + " " + retriable);
        }
        for (ApiKeys api : ApiKeys.values()) {
            out.println("api " + api.id + " " + api.name + " " + api.oldestVersion() + " " + api.latestVersion(true) + " " + api.latestVersion(false));
            if (!api.hasValidVersion()) continue;
            for (short v = api.oldestVersion(); v <= api.latestVersion(true); v++)
                out.println("header " + api.id + " " + v + " " + api.requestHeaderVersion(v) + " " + api.responseHeaderVersion(v));
        }
    }

    private static void malformedText(PrintStream out) {
        String[] cases = {"ff", "c3", "c328", "e28261", "f09f98", "f09f9861", "eda080", "eda080edb080", "c0af", "f8888080", "61ff62", "f4908080", "e0809f", "efbfbd", "eda0", "eda061", "edb080ed", "edbf80c3a9"};
        for (String hex : cases) {
            String text = new String(HexFormat.of().parseHex(hex), StandardCharsets.UTF_8);
            out.println("utf8 " + hex + " " + HexFormat.of().formatHex(text.getBytes(StandardCharsets.UTF_8)));
        }
    }

    private static void tags(PrintStream out) {
        for (String hex : new String[] {"00", "01050161", "0205000500", "0205000400", "01050200", "7f0500", "01ff"}) {
            boolean taken = true;
            try {
                new ResponseHeaderData(new ByteBufferAccessor(ByteBuffer.wrap(HexFormat.of().parseHex("00000001" + hex))), (short) 1);
            } catch (RuntimeException refused) {
                taken = false;
            }
            out.println("tags " + hex + " " + (taken ? "taken" : "refused"));
        }
    }

    private static SortedMap<String, Class<?>> messages() throws Exception {
        SortedMap<String, Class<?>> found = new TreeMap<>();
        for (String path : System.getProperty("java.class.path").split(File.pathSeparator)) {
            if (!new File(path).getName().startsWith("kafka") || path.contains("kafka-streams")) continue;
            try (JarFile jar = new JarFile(path)) {
                for (JarEntry entry : Collections.list(jar.entries())) {
                    if (!MESSAGES.matcher(entry.getName()).matches()) continue;
                    Class<?> type = Class.forName(entry.getName().replace('/', '.').replace(".class", ""), false, GoldenBytes.class.getClassLoader());
                    if (!Message.class.isAssignableFrom(type) || type.isInterface()) continue;
                    found.put(type.getSimpleName().replaceAll("(Request|Response|Header)Data$", "$1"), type);
                }
            }
        }
        return found;
    }

    private static void print(PrintStream out, String name, Class<?> type) throws Exception {
        Schema[] schemas = (Schema[]) type.getField("SCHEMAS").get(null);
        Message probe = (Message) type.getDeclaredConstructor().newInstance();
        for (short version = probe.lowestSupportedVersion(); version <= probe.highestSupportedVersion(); version++) {
            for (String variant : VARIANTS) {
                Message message = (Message) type.getDeclaredConstructor().newInstance();
                if (!variant.equals("default")) new Filler(variant).fill(message, schemas[version]);
                String hex = encode(message, version);
                if (hex != null) out.println("message " + name + " " + version + " " + variant + " " + hex);
            }
        }
    }

    private static ApiMessage filled(Class<?> type, short version) throws Exception {
        ApiMessage message = (ApiMessage) type.getDeclaredConstructor().newInstance();
        new Filler("full").fill(message, ((Schema[]) type.getField("SCHEMAS").get(null))[version]);
        return message;
    }

    private static void framed(PrintStream out, String name, Class<?> type) throws Exception {
        short version = filled(type, (short) 0).highestSupportedVersion();
        ApiMessageAndVersion record = new ApiMessageAndVersion(filled(type, version), version);
        ObjectSerializationCache cache = new ObjectSerializationCache();
        ByteBuffer buffer = ByteBuffer.allocate(MetadataRecordSerde.INSTANCE.recordSize(record, cache));
        MetadataRecordSerde.INSTANCE.write(record, cache, new ByteBufferAccessor(buffer));
        out.println("framed " + name + " " + version + " " + HexFormat.of().formatHex(buffer.array()));
    }

    private static void keyed(PrintStream out, String name, Class<?> key, Class<?> value) throws Exception {
        CoordinatorRecordSerde serde = name.startsWith("TransactionLog") ? new TransactionCoordinatorRecordSerde()
            : name.matches("Share(Snapshot|Update)Key") ? new ShareCoordinatorRecordSerde() : new GroupCoordinatorRecordSerde();
        short version = filled(value, (short) 0).highestSupportedVersion();
        CoordinatorRecord record = CoordinatorRecord.record(filled(key, (short) 0), new ApiMessageAndVersion(filled(value, version), version));
        HexFormat hex = HexFormat.of();
        out.println("keyed " + name + " " + version + " " + hex.formatHex(serde.serializeKey(record)) + " " + hex.formatHex(serde.serializeValue(record)));
    }

    /** Null when Kafka refuses to write the message: the defaults of some fields do not exist in some versions. */
    private static String encode(Message message, short version) {
        try {
            ByteBuffer buffer = MessageUtil.toByteBufferAccessor(message, version).buffer();
            byte[] bytes = new byte[buffer.remaining()];
            buffer.get(bytes);
            return bytes.length == 0 ? "-" : HexFormat.of().formatHex(bytes);
        } catch (NullPointerException refused) {
            return null;
        }
    }

    /** Sets every field that a version has; the n-th value set is a function of n and its type. */
    private static final class Filler {
        private final String variant;
        private int n;

        Filler(String variant) { this.variant = variant; }

        void fill(Object target, Schema schema) throws Exception {
            for (BoundField bound : schema.fields()) {
                if (bound.def.type instanceof TaggedFields) {
                    for (Field tagged : ((TaggedFields) bound.def.type).fields().values()) set(target, tagged);
                } else {
                    set(target, bound.def);
                }
            }
        }

        private void set(Object target, Field field) throws Exception {
            java.lang.reflect.Field property = find(target.getClass(), field.name);
            property.setAccessible(true);
            property.set(target, value(property.getType(), property.getGenericType(), field.type));
        }

        /** Schemas write max_wait_ms where classes write maxWaitMs. */
        private java.lang.reflect.Field find(Class<?> type, String snake) {
            String name = snake.replace("_", "");
            for (java.lang.reflect.Field f : type.getDeclaredFields()) {
                if (!Modifier.isStatic(f.getModifiers()) && f.getName().equalsIgnoreCase(name)) return f;
            }
            throw new IllegalStateException("no field " + snake + " in " + type);
        }

        private Object value(Class<?> type, java.lang.reflect.Type generic, Type schema) throws Exception {
            boolean isArray = schema.isArray();
            boolean ofStructs = isArray && schema.arrayElementType().get() instanceof Schema;
            if (schema.isNullable() && (variant.equals("empty") || (variant.equals("nulls") && !(ofStructs || schema instanceof Schema)))) return null;
            if (isArray) return array(type, generic, schema.arrayElementType().get());
            if (schema instanceof Schema) {
                Object struct = newInstance(type);
                fill(struct, (Schema) schema);
                return struct;
            }
            return scalar(type, schema);
        }

        @SuppressWarnings("unchecked")
        private Object array(Class<?> type, java.lang.reflect.Type generic, Type element) throws Exception {
            Collection<Object> list = (Collection<Object>) (type == List.class ? new ArrayList<>() : newInstance(type));
            java.lang.reflect.Type elementType = type == List.class
                ? ((ParameterizedType) generic).getActualTypeArguments()[0]
                : ((ParameterizedType) type.getGenericSuperclass()).getActualTypeArguments()[0];
            int count = variant.equals("full") ? 2 : variant.equals("nulls") && element instanceof Schema ? 1 : 0;
            for (int i = 0; i < count; i++) {
                if (element instanceof Schema) {
                    Object struct = newInstance((Class<?>) elementType);
                    fill(struct, (Schema) element);
                    list.add(struct);
                } else {
                    list.add(scalar((Class<?>) elementType, element));
                }
            }
            return list;
        }

        private static Object newInstance(Class<?> type) throws Exception {
            Constructor<?> constructor = type.getDeclaredConstructor();
            constructor.setAccessible(true);
            return constructor.newInstance();
        }


        private Object scalar(Class<?> type, Type schema) {
            int i = ++n;
            if (schema == Type.UINT16) return (i * 4001 + 5) & 0xFFFF;
            if (schema == Type.UNSIGNED_INT32) return (i * 0x01234567L + i) & 0xFFFFFFFFL;
            if (type == boolean.class) return i % 2 == 0;
            if (type == byte.class || type == Byte.class) return (byte) (i * 31 + 7);
            if (type == short.class || type == Short.class) return (short) (i * 2713 + 11);
            if (type == int.class || type == Integer.class) return i * 0x01234567 + i;
            if (type == long.class || type == Long.class) return i * 0x0123456789ABCDEFL + i;
            if (type == double.class) return i * 1.5 + 0.25;
            if (type == Uuid.class) return new Uuid(i * 0x9E3779B97F4A7C15L, ~i);
            if (type == String.class) return text(i);
            if (type == byte[].class) return bytes(i);
            if (type == ByteBuffer.class) return ByteBuffer.wrap(bytes(i));
            if (BaseRecords.class.isAssignableFrom(type)) return MemoryRecords.readableRecords(ByteBuffer.wrap(bytes(i)));
            throw new IllegalStateException("no rule for " + type);
        }

        private String text(int i) {
            if (variant.equals("empty")) return "";
            String plain = "s" + i;
            if (i % 11 == 5) return plain + "x".repeat(130);
            return i % 3 == 0 ? plain + "\u00e9\u6f22\ud83d\ude00" : plain;
        }

        private byte[] bytes(int i) {
            byte[] bytes = new byte[variant.equals("empty") ? 0 : i % 11 == 5 ? 200 : i % 5 + 1];
            for (int at = 0; at < bytes.length; at++) bytes[at] = (byte) (i + at);
            return bytes;
        }
    }
}
