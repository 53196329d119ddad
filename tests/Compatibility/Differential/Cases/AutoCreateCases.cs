using Sluice.Protocol;
using Sluice.Protocol.Messages;

namespace Compatibility.Differential.Cases;

/// <summary>Topics that Metadata requests create.</summary>
internal static class AutoCreateCases
{
    public static IEnumerable<Case> All =>
    [
        Of("a topic that is created", v => [$"auto-v{v}"], changes: true),
        Of("the topic that was created", v => [$"auto-v{v}"]),
        Of("a topic that cannot be created", _ => ["auto/bad"]),
        Of("a name of 250 characters to be created", _ => [new string('y', 250)]),
    ];

    private static Case Of(string name, Func<short, string[]> topics, bool changes = false) => new(ApiKey.Metadata, name, (_, v) => new MetadataRequest
    {
        AllowAutoTopicCreation = true,
        Topics = [.. topics(v).Select(t => new MetadataRequest.MetadataRequestTopic { Name = t })],
    }) { Changes = changes };
}
