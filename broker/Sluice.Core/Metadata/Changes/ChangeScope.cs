using Sluice.Core.Configuration;
using Sluice.Core.Metadata.Images;
using Sluice.Protocol;

namespace Sluice.Core.Metadata.Changes;

/// <summary>
/// What a change is computed from. A change is a function of this and a request: it gives the records to write and the answer, and
/// touches nothing, so that the same request on the same image and randomness always gives the same records.
/// </summary>
/// <param name="Image">The metadata with every record that has been written, the last ones perhaps not yet durable.</param>
/// <param name="Properties">The properties of this node.</param>
/// <param name="Random">Where ids are drawn from.</param>
internal sealed record ChangeScope(MetadataImage Image, BrokerProperties Properties, Random Random)
{
    /// <summary>Draws an id for a topic or an incarnation.</summary>
    public Uuid NewId()
    {
        Span<byte> bytes = stackalloc byte[Uuid.SizeInBytes];
        while (true)
        {
            Random.NextBytes(bytes);
            var id = Uuid.FromRandom(bytes);
            if (!id.IsReserved && Image.Topics.ById(id) is null) return id;
        }
    }
}
