using System.Runtime.InteropServices;
using System.Text;

namespace Benchmarks.Clients;

/// <summary>The functions of librdkafka that a benchmark needs, called as a C program would: without Confluent.Kafka's wrapper between.</summary>
internal sealed unsafe class Librdkafka
{
    public const int PartitionAny = -1;
    public const int CopyAndBlock = 0x2 | 0x4;
    public const long OffsetOfFirst = 0;

    private const int ErrorTextSize = 512;

    private readonly nint _library;

    public Librdkafka()
    {
        // The package has it twice where it has it with Kerberos, which needs a library of the system.
        if (!NativeLibrary.TryLoad("centos8-librdkafka", typeof(Librdkafka).Assembly, null, out _library))
            _library = NativeLibrary.Load("librdkafka", typeof(Librdkafka).Assembly, null);
        Produce = (delegate* unmanaged[Cdecl]<nint, int, int, byte*, nuint, byte*, nuint, nint, int>)Symbol("rd_kafka_produce");
        ConsumeBatch = (delegate* unmanaged[Cdecl]<nint, int, nint*, nuint, nint>)Symbol("rd_kafka_consume_batch_queue");
        DestroyMessage = (delegate* unmanaged[Cdecl]<nint, void>)Symbol("rd_kafka_message_destroy");
    }

    /// <summary>topic, partition, flags, payload, length, key, length, opaque.</summary>
    public delegate* unmanaged[Cdecl]<nint, int, int, byte*, nuint, byte*, nuint, nint, int> Produce { get; }

    /// <summary>queue, milliseconds, messages, their number.</summary>
    public delegate* unmanaged[Cdecl]<nint, int, nint*, nuint, nint> ConsumeBatch { get; }

    public delegate* unmanaged[Cdecl]<nint, void> DestroyMessage { get; }

    /// <summary>A producer (0) or consumer (1) with settings.</summary>
    public nint New(int type, params (string Name, string Value)[] settings)
    {
        nint configuration = ((delegate* unmanaged[Cdecl]<nint>)Symbol("rd_kafka_conf_new"))();
        byte* error = stackalloc byte[ErrorTextSize];
        var set = (delegate* unmanaged[Cdecl]<nint, byte*, byte*, byte*, nuint, int>)Symbol("rd_kafka_conf_set");
        foreach ((string name, string value) in settings)
        {
            fixed (byte* n = Text(name), v = Text(value))
            {
                if (set(configuration, n, v, error, ErrorTextSize) != 0) throw new InvalidOperationException(Marshal.PtrToStringUTF8((nint)error));
            }
        }

        nint handle = ((delegate* unmanaged[Cdecl]<int, nint, byte*, nuint, nint>)Symbol("rd_kafka_new"))(type, configuration, error, ErrorTextSize);
        return handle != 0 ? handle : throw new InvalidOperationException(Marshal.PtrToStringUTF8((nint)error));
    }

    public nint Topic(nint handle, string name)
    {
        fixed (byte* n = Text(name)) return ((delegate* unmanaged[Cdecl]<nint, byte*, nint, nint>)Symbol("rd_kafka_topic_new"))(handle, n, 0);
    }

    public void Flush(nint handle)
    {
        int error = ((delegate* unmanaged[Cdecl]<nint, int, int>)Symbol("rd_kafka_flush"))(handle, 120_000);
        if (error != 0) throw new TimeoutException($"rd_kafka_flush: {error}");
    }

    /// <summary>Reads these partitions from their first record, once more when it does so already; the queue to take messages from.</summary>
    public nint Assign(nint handle, string topic, int partitions)
    {
        nint list = ((delegate* unmanaged[Cdecl]<int, nint>)Symbol("rd_kafka_topic_partition_list_new"))(partitions);
        fixed (byte* n = Text(topic))
        {
            for (int i = 0; i < partitions; i++)
            {
                ((delegate* unmanaged[Cdecl]<nint, byte*, int, nint>)Symbol("rd_kafka_topic_partition_list_add"))(list, n, i);
                ((delegate* unmanaged[Cdecl]<nint, byte*, int, long, int>)Symbol("rd_kafka_topic_partition_list_set_offset"))(list, n, i, OffsetOfFirst);
            }
        }

        int error = ((delegate* unmanaged[Cdecl]<nint, nint, int>)Symbol("rd_kafka_assign"))(handle, list);
        if (error != 0) throw new InvalidOperationException($"rd_kafka_assign: {error}");
        return ((delegate* unmanaged[Cdecl]<nint, nint>)Symbol("rd_kafka_queue_get_consumer"))(handle);
    }

    private nint Symbol(string name) => NativeLibrary.GetExport(_library, name);

    private static byte[] Text(string text) => [.. Encoding.UTF8.GetBytes(text), 0];
}
