using System.Diagnostics;
using System.Text;

namespace Support;

/// <summary>Prometheus's own judge of what a metrics endpoint gives.</summary>
internal static class Promtool
{
    /// <summary>Fails where the text cannot be read or a name, type or help is not as Prometheus wants it; skips the test where promtool is absent.</summary>
    public static void Check(string metrics)
    {
        string program = Judges.Command("promtool");
        Finished said = Shell.Run(new ProcessStartInfo(program, ["check", "metrics"]), Encoding.UTF8.GetBytes(metrics), TimeSpan.FromMinutes(1));
        Assert.Equal("", said.Output + said.Errors);
        Assert.Equal(0, said.ExitCode);
    }
}
