using Sluice.Client;
using Sluice.Protocol;
using Sluice.Protocol.Batches;
using Sluice.Protocol.Messages;

namespace EndToEnd;

/// <summary>
/// Writes numbered records with acks=all, one batch at a time, over whatever connection works at the moment, and remembers which were
/// acknowledged. A number whose answer was lost is sent again, so a number may be in the log more than once, but none that was
/// acknowledged may be missing.
/// </summary>
internal sealed class AcknowledgedWriter(string bootstrap, string topic) : IDisposable
{
    private readonly CancellationTokenSource _stop = new();
    private Task? _writing;
    private long _acknowledged;

    /// <summary>How many numbers, from 0 on, were acknowledged.</summary>
    public long Acknowledged => Volatile.Read(ref _acknowledged);

    public void Start() => _writing = Task.Run(Write);

    public void Stop()
    {
        _stop.Cancel();
        _writing?.GetAwaiter().GetResult();
    }

    public void Dispose() => _stop.Dispose();

    private async Task Write()
    {
        var options = new ClientOptions { BootstrapServers = bootstrap, ClientId = "acknowledged-writer", RequestTimeout = TimeSpan.FromSeconds(5) };
        while (!_stop.IsCancellationRequested)
        {
            try
            {
                await using KafkaConnection connection = await KafkaConnection.ConnectAsync(BrokerAddress.Parse(bootstrap), options);
                while (!_stop.IsCancellationRequested) await WriteBatch(connection);
            }
            catch (BrokerUnreachableException)
            {
                await Task.Delay(50);
            }
        }
    }

    private async Task WriteBatch(KafkaConnection connection)
    {
        const int records = 20;
        var builder = new RecordBatchBuilder();
        for (int i = 0; i < records; i++)
        {
            builder.Append(DateTimeOffset.UtcNow.ToUnixTimeMilliseconds(), null, System.Text.Encoding.UTF8.GetBytes($"{_acknowledged + i}"));
        }

        var request = new ProduceRequest
        {
            Acks = -1,
            TimeoutMs = 5000,
            TopicData = [new ProduceRequest.TopicProduceData { Name = topic, PartitionData = [new ProduceRequest.PartitionProduceData { Index = 0, Records = new Records(builder.Build()) }] }],
        };
        ProduceResponse response = await connection.SendAsync(request, 12);
        ErrorCode error = response.Responses[0].PartitionResponses[0].ErrorCode;
        if (error == ErrorCode.None) Volatile.Write(ref _acknowledged, _acknowledged + records);
        else await Task.Delay(20);
    }
}
