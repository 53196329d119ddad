namespace Sluice.Core.Groups;

/// <summary>The log of groups holds what cannot be understood.</summary>
internal sealed class GroupLogException(string message) : Exception(message);
