using System.Text.Json;

namespace LibrdkafkaDriver;

/// <summary>What the driver tells: a JSON object a line, each out at once.</summary>
internal static class Output
{
    public static void Say(object e) => Console.Out.WriteLine(JsonSerializer.Serialize(e, JsonSerializerOptions.Web));

    /// <summary>Tells a person what a client that goes on has met.</summary>
    public static void Complain(Confluent.Kafka.Error error) => Console.Error.WriteLine($"{error.Code}: {error.Reason}");
}
