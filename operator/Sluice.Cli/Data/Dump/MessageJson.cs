using System.Collections;
using System.Reflection;
using System.Text.Json.Nodes;
using Sluice.Protocol;
using Sluice.Protocol.Messages;

namespace Sluice.Cli.Data.Dump;

/// <summary>A message as the JSON that Kafka's tools print of it.</summary>
internal static class MessageJson
{
    public static JsonObject Of(IMessage message, short version) => Of(message, MessageSchema.Of(message.GetType().Name), version);

    private static JsonObject Of(object from, IReadOnlyList<MessageField> fields, short version)
    {
        var document = new JsonObject();
        foreach (MessageField field in fields.Where(f => f.Has(version)))
        {
            PropertyInfo property = from.GetType().GetProperty(field.Name) ?? throw new InvalidOperationException($"{from.GetType().Name} has no property {field.Name}");
            object? value = property.GetValue(from);
            if (version >= field.TaggedFrom && IsDefault(value, property.GetValue(Activator.CreateInstance(from.GetType())!))) continue;
            document[char.ToLowerInvariant(field.Name[0]) + field.Name[1..]] = Of(value, field, version);
        }

        return document;
    }

    private static JsonNode? Of(object? value, MessageField field, short version) => value switch
    {
        null => null,
        bool b => b,
        string s => s,
        Uuid id => id.ToString(),
        Enum e => Convert.ToInt64(e, System.Globalization.CultureInfo.InvariantCulture),
        ReadOnlyMemory<byte> bytes => Convert.ToBase64String(bytes.Span),
        double d => d,
        IConvertible number => number.ToInt64(System.Globalization.CultureInfo.InvariantCulture),
        IEnumerable list => new JsonArray([.. list.Cast<object?>().Select(item => Of(item, field, version))]),
        _ => Of(value, field.Fields, version),
    };

    private static bool IsDefault(object? value, object? byDefault) =>
        value is IList { Count: 0 } ? byDefault is IList { Count: 0 } : Equals(value, byDefault);
}
