using Sluice.Core.Metadata.Images;
using Sluice.Protocol;
using Sluice.Protocol.Messages;

namespace Sluice.Core.Metadata.Changes;

/// <summary>A metadata record and the version that it is written in.</summary>
/// <param name="Record">The record.</param>
/// <param name="Version">The version; the one that <see cref="SupportedFeatures.MetadataVersionLevel"/> asks for.</param>
internal sealed record ChangeRecord(IMetadataRecord Record, short Version = 0);

/// <summary>What a change comes to.</summary>
/// <typeparam name="TAnswer">The answer.</typeparam>
/// <param name="Records">The records; written as one batch, so that all of them count or none.</param>
/// <param name="Answer">What to say once the records count.</param>
internal sealed record ChangeResult<TAnswer>(IReadOnlyList<ChangeRecord> Records, TAnswer Answer);

/// <summary>An error with its text, or none.</summary>
/// <param name="Code">The error.</param>
/// <param name="Message">What is wrong, in Kafka's words where it has some.</param>
internal readonly record struct ChangeError(ErrorCode Code, string? Message = null)
{
    /// <summary>Nothing is wrong.</summary>
    public static ChangeError None => default;

    /// <summary>Whether something is wrong.</summary>
    public bool IsError => Code != ErrorCode.None;
}
