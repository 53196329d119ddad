namespace Benchmarks.Clients;

/// <summary>librdkafka at work, called as a C program would.</summary>
internal static unsafe class LibrdkafkaRuns
{
    private const int BatchMax = 2000;

    /// <summary>Of rd_kafka_message_t: error, topic, partition, payload, length.</summary>
    private const int ErrorAt = 0;
    private const int LengthAt = 32;

    public static ClientFigures Produce(ClientTask task, Librdkafka library)
    {
        nint producer = library.New(
            0, ("bootstrap.servers", task.Bootstrap), ("enable.idempotence", "true"), ("acks", "all"), ("linger.ms", "5"), ("compression.codec", task.Codec));
        nint topic = library.Topic(producer, task.Topic);
        byte[] value = task.Value();
        Send(library, topic, value, ClientTask.WarmUpPasses * task.Records);
        library.Flush(producer);
        Meter meter = Meter.Start();
        Send(library, topic, value, task.Records);
        library.Flush(producer);
        return meter.Stop(task.Records);
    }

    public static ClientFigures Consume(ClientTask task, Librdkafka library)
    {
        nint consumer = library.New(
            1, ("bootstrap.servers", task.Bootstrap), ("group.id", "bench"), ("enable.auto.commit", "false"), ("enable.auto.offset.store", "false"), ("auto.offset.reset", "earliest"), ("check.crcs", "true"));
        ClientTask.Warm(() => Pass(library, consumer, task));
        long read = 0;
        Meter meter = Meter.Start();
        for (int pass = 0; pass < ClientTask.Passes; pass++) read += Pass(library, consumer, task);
        return meter.Stop(read);
    }

    private static long Pass(Librdkafka library, nint consumer, ClientTask task) =>
        Read(library, library.Assign(consumer, task.Topic, task.Partitions), task.Stored);

    private static void Send(Librdkafka library, nint topic, byte[] value, int records)
    {
        fixed (byte* payload = value)
        {
            for (int i = 0; i < records; i++)
            {
                if (library.Produce(topic, Librdkafka.PartitionAny, Librdkafka.CopyAndBlock, payload, (nuint)value.Length, null, 0, 0) != 0)
                    throw new InvalidOperationException($"rd_kafka_produce failed at record {i}");
            }
        }
    }

    private static long Read(Librdkafka library, nint queue, long records)
    {
        nint* messages = stackalloc nint[BatchMax];
        long read = 0;
        long bytes = 0;
        while (read < records)
        {
            nint count = library.ConsumeBatch(queue, 10_000, messages, BatchMax);
            if (count <= 0) throw new TimeoutException($"{read} of {records} records came");
            for (int i = 0; i < count; i++)
            {
                if (*(int*)(messages[i] + ErrorAt) == 0)
                {
                    bytes += *(long*)(messages[i] + LengthAt);
                    read++;
                }

                library.DestroyMessage(messages[i]);
            }
        }

        return bytes > 0 ? read : 0;
    }
}
