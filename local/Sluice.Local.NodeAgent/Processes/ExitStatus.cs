namespace Sluice.Local.NodeAgent.Processes;

/// <summary>
/// How a process ended. <see cref="Known"/> is false when nobody could collect the status: the process was adopted, or it
/// ended while no control plane ran, and the kernel is too old to tell (before Linux 6.15).
/// </summary>
internal readonly record struct ExitStatus(bool Known, int Code, int Signal)
{
    /// <summary>Nobody could collect the status.</summary>
    public static ExitStatus Unknown => new(false, 0, 0);

    /// <summary>Reads the status word that wait(2) fills in.</summary>
    public static ExitStatus FromWaitStatus(int status) =>
        (status & 0x7F) == 0 ? new(true, (status >> 8) & 0xFF, 0) : new(true, 0, status & 0x7F);

    /// <summary>The code as container runtimes show it: 128 + signal for a killed process, 137 when it is not known.</summary>
    public int ContainerCode => !Known ? 137 : Signal != 0 ? 128 + Signal : Code;

    /// <summary>True when the process ended by itself with code 0.</summary>
    public bool Succeeded => Known && Signal == 0 && Code == 0;
}
