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

/// <summary>A broken invariant. Nothing catches it but the ladder that ends the process.</summary>
public sealed class InvariantException(string message) : Exception(message);
