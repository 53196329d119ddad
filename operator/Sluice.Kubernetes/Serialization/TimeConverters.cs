using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Sluice.Kubernetes.Serialization;

/// <summary><c>meta/v1 Time</c>: RFC 3339 in UTC with whole seconds. The library would send fractions, which the API server cuts off, so that what is read differs from what was written.</summary>
internal sealed class TimeConverter : JsonConverter<DateTime>
{
    public override DateTime Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) => reader.GetDateTimeOffset().UtcDateTime;

    public override void Write(Utf8JsonWriter writer, DateTime value, JsonSerializerOptions options) =>
        writer.WriteStringValue(value.ToUniversalTime().ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture));
}

/// <summary><c>meta/v1 MicroTime</c>: RFC 3339 in UTC with six digits of the second. The library leaves them out of a whole second, which the API server refuses.</summary>
internal sealed class MicroTimeConverter : JsonConverter<DateTime>
{
    public override DateTime Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) => reader.GetDateTimeOffset().UtcDateTime;

    public override void Write(Utf8JsonWriter writer, DateTime value, JsonSerializerOptions options) =>
        writer.WriteStringValue(value.ToUniversalTime().ToString("yyyy-MM-dd'T'HH:mm:ss.ffffff'Z'", CultureInfo.InvariantCulture));
}

/// <summary><see cref="MicroTimeConverter"/> where the time may be absent: a converter that is set for one property does not serve both.</summary>
internal sealed class OptionalMicroTimeConverter : JsonConverter<DateTime?>
{
    private static readonly MicroTimeConverter Time = new();

    public override DateTime? Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        reader.TokenType == JsonTokenType.Null ? null : Time.Read(ref reader, typeof(DateTime), options);

    public override void Write(Utf8JsonWriter writer, DateTime? value, JsonSerializerOptions options)
    {
        if (value is { } time) Time.Write(writer, time, options);
        else writer.WriteNullValue();
    }
}
