using System.Text.Json;

namespace Support.Clients;

/// <summary>A record as every client can say it: text or null.</summary>
internal sealed record ClientRecord(int Partition, string? Key, string? Value, (string Name, string? Value)[] Headers)
{
    /// <summary>
    /// What a reader must see of it, in one line to compare. Clients may keep headers by name, so only those of one name have an order; the
    /// partition is left out, as some clients choose it themselves.
    /// </summary>
    public string Fingerprint() =>
        $"key {Show(Key)} value {Show(Value)} headers {string.Join(' ', Headers.OrderBy(h => h.Name, StringComparer.Ordinal).Select(h => $"{h.Name}={Show(h.Value)}"))}";

    private static string Show(string? text) => text switch
    {
        null => "null",
        { Length: > 200 } => $"{text.Length} characters {Convert.ToHexString(System.Security.Cryptography.SHA256.HashData(System.Text.Encoding.UTF8.GetBytes(text)))}",
        _ => $"'{text}'",
    };
}

/// <summary>One of other people's Kafka clients, run as a process of its own.</summary>
internal abstract class KafkaClient
{
    /// <summary>How soon a member that was killed is missed. Long enough for a busy machine, as a member that is thrown out wrongly only costs time.</summary>
    public const int SessionMs = 6000;

    /// <summary>How soon one with a name of its own is missed: no machine is too busy to start it again until then.</summary>
    public const int StaticSessionMs = 180_000;

    /// <summary>Skips the calling test, by name, where the client is not installed.</summary>
    public abstract void Require();

    /// <summary>Whether it waits for a broker that is gone, instead of ending.</summary>
    public virtual bool OutlivesTheBroker => true;

    /// <summary>Whether a member that is asked to stop has passed on every record whose offset it commits.</summary>
    public virtual bool StopsWithoutLoss => true;

    /// <summary>The record as this client's interface can express it.</summary>
    public virtual ClientRecord Expressible(ClientRecord record) => record;

    /// <summary>Sends the records with an idempotent producer and waits for all acknowledgements.</summary>
    public abstract void Produce(string bootstrap, string topic, string codec, IReadOnlyList<ClientRecord> records);

    /// <summary>Reads that many records from the topic's start.</summary>
    public abstract IReadOnlyList<ClientRecord> Consume(string bootstrap, string topic, int count);

    /// <summary>Starts a member of a group that reads from the group's offsets, or from the start.</summary>
    /// <param name="bootstrap">The broker.</param>
    /// <param name="group">The group.</param>
    /// <param name="topic">What it subscribes to.</param>
    /// <param name="strategy">The client's own name of an assignor; null for its default.</param>
    /// <param name="instance">Its <c>group.instance.id</c> (KIP-345), with which it may be gone for <see cref="StaticSessionMs"/>; null for a member without a name.</param>
    public abstract GroupMember StartMember(string bootstrap, string group, string topic, string? strategy = null, string? instance = null);

    /// <summary>Starts an idempotent producer that writes 0, 1, 2… until it is told to stop.</summary>
    public abstract NumberWriter StartWriter(string bootstrap, string topic, int partitions, string codec);
}

/// <summary>A client behind one of the drivers of tests/Compatibility/Clients, which share verbs and events.</summary>
internal abstract class DrivenClient : KafkaClient
{
    protected static string Folder { get; } = Path.Combine(Judges.Repository, "tests", "Compatibility", "Clients");

    public override void Produce(string bootstrap, string topic, string codec, IReadOnlyList<ClientRecord> records)
    {
        string file = Path.GetTempFileName();
        try
        {
            File.WriteAllLines(file, records.Select(r => JsonSerializer.Serialize(new { partition = r.Partition, key = r.Key, value = r.Value, headers = r.Headers.Select(h => new[] { h.Name, h.Value }) })));
            Run("produce", new { bootstrap, topic, codec, idempotent = true, file });
        }
        finally
        {
            File.Delete(file);
        }
    }

    public override IReadOnlyList<ClientRecord> Consume(string bootstrap, string topic, int count) =>
        [.. Lines(Run("consume", new { bootstrap, topics = new[] { topic }, count })).Select(ReadRecord)];

    public override GroupMember StartMember(string bootstrap, string group, string topic, string? strategy = null, string? instance = null) =>
        new(Start("member", new { bootstrap, group, topic, session = instance is null ? SessionMs : StaticSessionMs, strategy, instance }), OnMemberEvent);

    public override NumberWriter StartWriter(string bootstrap, string topic, int partitions, string codec) =>
        new(Start("write", new { bootstrap, topic, partitions, codec, batch = 12 }), OnWriterEvent, endsBySignal: false);

    /// <summary>The results of the scenario's admin calls, by name.</summary>
    public JsonElement Admin(string bootstrap, string topic, string group) => Lines(Run("admin", new { bootstrap, topic, group })).Last();

    /// <summary>The driver, ready for a verb and its options.</summary>
    protected abstract System.Diagnostics.ProcessStartInfo Driver();

    protected string Run(string verb, object options) => Shell.Run(With(verb, options), null, TimeSpan.FromMinutes(2)).Succeeded();

    private ClientProcess Start(string verb, object options) => new(With(verb, options));

    private System.Diagnostics.ProcessStartInfo With(string verb, object options)
    {
        System.Diagnostics.ProcessStartInfo start = Driver();
        start.ArgumentList.Add(verb);
        start.ArgumentList.Add(JsonSerializer.Serialize(options));
        return start;
    }

    protected static IEnumerable<JsonElement> Lines(string output) =>
        output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => JsonDocument.Parse(line).RootElement);

    protected static ClientRecord ReadRecord(JsonElement e) => new(
        e.GetProperty("partition").GetInt32(), e.GetProperty("key").GetString(), e.GetProperty("value").GetString(),
        [.. e.GetProperty("headers").EnumerateArray().Select(h => (h[0].GetString()!, h[1].GetString()))]);

    private static void OnMemberEvent(GroupMember member, string line)
    {
        JsonElement e = JsonDocument.Parse(line).RootElement;
        if (e.TryGetProperty("v", out JsonElement value)) member.Read(value.GetString()!);
        if (e.TryGetProperty("revoked", out JsonElement revoked)) member.Revoke(revoked.EnumerateArray().Select(p => p.GetString()!));
        if (e.TryGetProperty("assigned", out JsonElement partitions)) member.Assign(partitions.EnumerateArray().Select(p => p.GetString()!));
    }

    private static void OnWriterEvent(NumberWriter writer, string line)
    {
        JsonElement e = JsonDocument.Parse(line).RootElement;
        if (e.TryGetProperty("acked", out JsonElement first)) writer.Acknowledge(first.GetInt64(), e.GetProperty("count").GetInt32());
        if (e.TryGetProperty("failed", out JsonElement failed)) foreach (JsonElement failure in failed.EnumerateArray()) writer.Fail(failure.GetString()!);
    }
}
