namespace Sluice.Operator.Reconcilers;

/// <summary>Why the operator leaves something undone until somebody acts.</summary>
/// <param name="Reason">One word, for programs.</param>
/// <param name="Message">What is in the way and what to do about it, for people.</param>
internal sealed record Objection(string Reason, string Message);
