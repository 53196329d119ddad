using System.Globalization;

namespace Sluice.Local.NodeAgent;

/// <summary>The one node: this machine.</summary>
internal static class LocalNode
{
    /// <summary>Name of the Node object, and of every pod's spec.nodeName.</summary>
    public const string Name = "local";

    /// <summary>The node's own address; pods have others.</summary>
    public const string Address = "127.0.0.1";

    /// <summary>What pods may use of a resource, in its base unit (cores, bytes, pods).</summary>
    public static decimal Allocatable(string resource) => resource switch
    {
        "cpu" => Environment.ProcessorCount,
        "memory" => GC.GetGCMemoryInfo().TotalAvailableMemoryBytes,
        "pods" => 250,
        _ => 0,
    };

    /// <summary>The kernel's release, as uname prints it.</summary>
    public static string KernelRelease() => File.ReadAllText("/proc/sys/kernel/osrelease").Trim();

    /// <summary>An amount of memory as a quantity of Ki.</summary>
    public static string Kibibytes(decimal bytes) =>
        string.Create(CultureInfo.InvariantCulture, $"{(long)(bytes / 1024)}Ki");
}
