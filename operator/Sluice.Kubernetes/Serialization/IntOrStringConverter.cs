using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;
using k8s.Models;

namespace Sluice.Kubernetes.Serialization;

/// <summary>A number or a text, such as a port by number or by name. The library fails on anything else with an exception that is no <see cref="JsonException"/>.</summary>
internal sealed class IntOrStringConverter : JsonConverter<IntOrString>
{
    public override IntOrString Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) => reader.TokenType switch
    {
        JsonTokenType.Number => reader.GetInt32(),
        JsonTokenType.String => reader.GetString(),
        var other => throw new JsonException($"Expected an integer or a string, found {other}."),
    };

    public override void Write(Utf8JsonWriter writer, IntOrString value, JsonSerializerOptions options)
    {
        if (int.TryParse(value.Value, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out int number)) writer.WriteNumberValue(number);
        else writer.WriteStringValue(value.Value);
    }
}
