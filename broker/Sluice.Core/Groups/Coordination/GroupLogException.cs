namespace Sluice.Core.Groups.Coordination;

/// <summary>The log of groups holds what cannot be understood.</summary>
internal sealed class GroupLogException(string message) : Exception(message);
