namespace Sluice.Core.Groups;

/// <summary>Names and numbers of the group APIs.</summary>
internal static class GroupTypes
{
    /// <summary>The type of the groups whose members assign among themselves (KIP-848).</summary>
    public const string Classic = "classic";

    /// <summary>From this version of DescribeGroups on a group that is not there is an error (KIP-1043).</summary>
    public const short NotFoundIsAnErrorVersion = 6;

    /// <summary>How many offsets of a group are deleted by one batch.</summary>
    public const int TombstonesOfBatchMax = 1000;

    /// <summary>The operations that a client may do with a group where nobody is refused: read, delete, describe, and its settings.</summary>
    public const int AuthorizedOperations = 1 << 3 | 1 << 6 | 1 << 8 | 1 << 10 | 1 << 11;
}
