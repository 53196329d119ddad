using System.Diagnostics.CodeAnalysis;

namespace Sluice.Core.Shards;

/// <summary>Checks that stay on in Release: what fails one is a bug of the broker, never of a client, and the process ends rather than go on.</summary>
public static class Invariant
{
    /// <summary>Throws when <paramref name="condition"/> is false.</summary>
    /// <param name="condition">What must hold.</param>
    /// <param name="what">The rule that is broken, as a sentence for the log.</param>
    /// <exception cref="InvariantException">The condition does not hold.</exception>
    public static void Check([DoesNotReturnIf(false)] bool condition, string what)
    {
        if (!condition) throw new InvariantException(what);
    }
}

/// <summary>
/// The process has ended, as far as the code that runs is concerned: thrown by <see cref="IShardHost.Halt"/> of hosts that share their
/// process with others, to unwind to them. Nothing on the way may catch it.
/// </summary>
public class HaltedException(string message, Exception? inner = null) : Exception(message, inner);

/// <summary>A broken invariant. Nothing catches it but the ladder that ends the process.</summary>
public sealed class InvariantException(string message, Exception? inner = null) : Exception(message, inner);
