using System.Text.Json;
using System.Text.Json.Serialization;
using Confluent.Kafka;

namespace LibrdkafkaDriver;

/// <summary>A codec by the name that all clients know it by.</summary>
[JsonConverter(typeof(Converter))]
internal readonly record struct CodecName(CompressionType Type)
{
    private sealed class Converter : JsonConverter<CodecName>
    {
        public override CodecName Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
            new(Enum.Parse<CompressionType>(reader.GetString()!, ignoreCase: true));

        public override void Write(Utf8JsonWriter writer, CodecName value, JsonSerializerOptions options) => throw new NotSupportedException();
    }
}
