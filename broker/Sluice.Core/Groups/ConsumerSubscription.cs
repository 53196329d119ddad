using Sluice.Protocol;
using Sluice.Protocol.Messages;
using Sluice.Protocol.Wire;

namespace Sluice.Core.Groups;

/// <summary>
/// The little that the broker understands of what consumers tell their leader: the topics. Version 0 of the format is the beginning of
/// every later one, so that it suffices.
/// </summary>
internal static class ConsumerSubscription
{
    /// <summary>The protocol type of consumers.</summary>
    public const string ProtocolType = "consumer";

    /// <summary>Adds the topics of a subscription; false when the bytes are no subscription.</summary>
    public static bool TryAddTopics(ReadOnlyMemory<byte> subscription, HashSet<string> topics)
    {
        try
        {
            var reader = new WireReader(subscription);
            if (reader.ReadInt16() < 0) return false;
            var parsed = new ConsumerProtocolSubscription();
            parsed.Read(ref reader, 0);
            topics.UnionWith(parsed.Topics);
            return true;
        }
        catch (ProtocolException)
        {
            // It is the group's own business what its members tell each other; the broker then does not know their topics.
            return false;
        }
    }
}
