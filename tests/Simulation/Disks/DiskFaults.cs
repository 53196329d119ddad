namespace Simulation.Disks;

/// <summary>What the simulated disk does wrong, and how often. Chances are for one operation.</summary>
internal sealed class DiskFaults
{
    /// <summary>Chance that a read fails.</summary>
    public double ReadFails { get; set; }

    /// <summary>Chance that a write fails, having written a part.</summary>
    public double WriteFails { get; set; }

    /// <summary>Chance that an fsync fails, and the disk forgets what it should have written.</summary>
    public double FlushFails { get; set; }

    /// <summary>Chance that a file cannot be made, renamed or deleted, or a directory not synced.</summary>
    public double NameFails { get; set; }

    /// <summary>The files that faults strike.</summary>
    public Func<string, bool> Strikes { get; set; } = static _ => true;

    /// <summary>fsync does nothing for these files: a planted bug.</summary>
    public Func<string, bool> FlushIsForgotten { get; set; } = static _ => false;

    /// <summary>fsync of directories does nothing: a planted bug.</summary>
    public bool DirectorySyncIsForgotten { get; set; }

    /// <summary>A failed fsync is reported as a success: a planted bug.</summary>
    public bool FlushFailureIsHidden { get; set; }

    /// <summary>These files are never seen to exist: a planted bug.</summary>
    public Func<string, bool> IsHidden { get; set; } = static _ => false;

    /// <summary>What is written to a file instead of what should be: a planted bug. Null for the bytes themselves.</summary>
    public Func<string, byte[], byte[]>? Rewrites { get; set; }

    /// <summary>Files of batches are never cut: a planted bug.</summary>
    public bool CutIsForgotten { get; set; }
}
