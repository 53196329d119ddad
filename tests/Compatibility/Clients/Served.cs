using Sluice.Client;
using Sluice.Protocol;
using Sluice.Protocol.Messages;

namespace Compatibility.Clients;

/// <summary>What a broker says that it serves.</summary>
internal static class Served
{
    /// <summary>Skips the calling test where the broker does not serve the API yet.</summary>
    public static void Require(string bootstrap, params ApiKey[] keys)
    {
        HashSet<short> served = AskAsync(bootstrap).GetAwaiter().GetResult();
        ApiKey[] missing = [.. keys.Where(k => !served.Contains((short)k))];
        Skip.If(missing.Length > 0, $"the broker does not serve {string.Join(", ", missing)}");
    }

    private static async Task<HashSet<short>> AskAsync(string bootstrap)
    {
        await using KafkaConnection connection = await KafkaConnection.ConnectAsync(BrokerAddress.Parse(bootstrap), new ClientOptions { BootstrapServers = bootstrap });
        return [.. (await connection.SendAsync(new ApiVersionsRequest(), 0)).ApiKeys.Select(k => k.ApiKey)];
    }
}
