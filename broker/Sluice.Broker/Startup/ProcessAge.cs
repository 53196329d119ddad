using System.Globalization;

namespace Sluice.Broker.Startup;

/// <summary>How long this process exists, the start of the runtime included.</summary>
internal static class ProcessAge
{
    private const int TicksASecond = 100;

    /// <summary>From the kernel's clock of starts, which steps by 10 ms.</summary>
    internal static long Milliseconds
    {
        get
        {
            // The name, in brackets, may hold blanks; the start time is the twentieth field after it (proc(5)).
            string statistics = File.ReadAllText("/proc/self/stat");
            string[] fields = statistics[(statistics.LastIndexOf(')') + 2)..].Split(' ');
            double startedSeconds = double.Parse(fields[19], CultureInfo.InvariantCulture) / TicksASecond;
            double nowSeconds = double.Parse(File.ReadAllText("/proc/uptime").Split(' ')[0], CultureInfo.InvariantCulture);
            return (long)((nowSeconds - startedSeconds) * 1000);
        }
    }
}
