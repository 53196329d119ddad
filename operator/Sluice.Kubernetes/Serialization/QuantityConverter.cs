using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.RegularExpressions;
using k8s.Models;

namespace Sluice.Kubernetes.Serialization;

/// <summary>
/// Amounts such as <c>100m</c>, <c>2Gi</c> and <c>1e3</c>. The library takes exponents of any size and computes the number, so one
/// short text could hold a processor for minutes; and it fails with exceptions that are no <see cref="JsonException"/>.
/// </summary>
internal sealed partial class QuantityConverter : JsonConverter<ResourceQuantity>
{
    public override ResourceQuantity Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        string? text = reader.TokenType switch
        {
            JsonTokenType.String => reader.GetString(),
            JsonTokenType.Number => reader.GetDecimal().ToString(CultureInfo.InvariantCulture),
            var other => throw new JsonException($"Expected a quantity, found {other}."),
        };
        if (!IsQuantity(text)) throw new JsonException($"'{text}' is not a quantity: expected a number with one of the suffixes n u m k M G T P E Ki Mi Gi Ti Pi Ei.");
        var quantity = new ResourceQuantity(text);
        try
        {
            quantity.ToDecimal();
        }
        catch (OverflowException error)
        {
            throw new JsonException($"'{text}' is larger than any quantity.", error);
        }
        return quantity;
    }

    public override void Write(Utf8JsonWriter writer, ResourceQuantity value, JsonSerializerOptions options) => writer.WriteStringValue(value.ToString());

    /// <summary>Whether a text is an amount, of 64 characters and two digits of exponent at most.</summary>
    public static bool IsQuantity(string? text) => text is { Length: > 0 and <= 64 } && Pattern().IsMatch(text);

    [GeneratedRegex(@"^[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)([numkMGTPE]|[KMGTPE]i|[eE][+-]?[0-9]{1,2})?\z", RegexOptions.CultureInvariant)]
    private static partial Regex Pattern();
}
