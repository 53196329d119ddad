using System.Collections;
using System.Reflection;
using System.Text.Json.Nodes;
using Sluice.Protocol;
using Sluice.Protocol.Batches;
using Sluice.Protocol.Messages;

namespace Compatibility.Differential;

/// <summary>Writes an answer as JSON, field by field, with names for what differs from run to run.</summary>
internal static class AnswerText
{
    private static readonly Dictionary<Type, PropertyInfo[]> Properties = [];

    /// <param name="world">Knows the names.</param>
    /// <param name="key">The API.</param>
    /// <param name="response">The answer.</param>
    public static JsonNode Of(World world, ApiKey key, IResponse response) => Object(world, response, $"{key}:");

    private static JsonObject Object(World world, object message, string path)
    {
        var result = new JsonObject();
        foreach (PropertyInfo property in PropertiesOf(message.GetType()))
            result[property.Name] = Rules.Apply($"{path}{property.Name}", Value(world, property.GetValue(message), $"{path}{property.Name}"));
        return result;
    }

    private static JsonNode? Value(World world, object? value, string path) => value switch
    {
        null => null,
        string text => world.Show(text),
        bool flag => flag,
        Enum name => name.ToString(),
        Uuid id => world.Show(id),
        double number => number,
        ushort port => port == world.Port ? "<port>" : (int)port,
        int number when number == world.Port => "<port>",
        long number => world.ShowTime(number) is { } time ? JsonValue.Create(time) : JsonValue.Create(number),
        IConvertible number => Convert.ToInt64(number, System.Globalization.CultureInfo.InvariantCulture),
        ReadOnlyMemory<byte> bytes => Convert.ToHexString(bytes.Span),
        Records records => OfRecords(world, records),
        IList list => List(world, list, path),
        _ => Object(world, value, path + "."),
    };

    private static JsonArray List(World world, IList list, string path)
    {
        var items = list.Cast<object?>().Select(item => Value(world, item, path + "[]")).ToList();
        if (Rules.IsUnordered(path)) items = [.. items.OrderBy(item => item?.ToJsonString(), StringComparer.Ordinal)];
        return [.. items];
    }

    /// <summary>Records as the offsets and contents of their batches: bytes that were compressed differ with the library.</summary>
    private static JsonNode? OfRecords(World world, Records records)
    {
        if (records.IsNull) return null;
        byte[] bytes = records.Memory.ToArray();
        var batches = new JsonArray();
        for (int at = 0; at < bytes.Length;)
        {
            if (bytes.Length - at < RecordBatch.HeaderSize || new RecordBatch(bytes.AsSpan(at)).SizeInBytes > bytes.Length - at)
            {
                batches.Add((JsonNode)"<part of a batch>");
                break;
            }
            var batch = new RecordBatch(bytes.AsSpan(at));
            string times = $"{world.ShowTime(batch.BaseTimestamp) ?? $"{batch.BaseTimestamp}"} to {world.ShowTime(batch.MaxTimestamp) ?? $"{batch.MaxTimestamp}"}";
            batches.Add((JsonNode)($"{batch.BaseOffset}-{batch.LastOffset} epoch {batch.PartitionLeaderEpoch} {batch.Codec} {batch.TimestampType} {times} "
                + $"producer {batch.ProducerId}/{batch.ProducerEpoch}/{batch.BaseSequence} count {batch.RecordCount}"));
            at += batch.SizeInBytes;
        }
        return batches;
    }

    private static PropertyInfo[] PropertiesOf(Type type)
    {
        if (Properties.TryGetValue(type, out PropertyInfo[]? known)) return known;
        // What the codec adds to the fields cannot be written to.
        known = [.. type.GetProperties(BindingFlags.Public | BindingFlags.Instance).Where(p => p.CanWrite).OrderBy(p => p.MetadataToken)];
        Properties[type] = known;
        return known;
    }
}
