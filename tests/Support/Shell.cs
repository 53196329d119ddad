using System.Diagnostics;
using System.Text;

namespace Support;

/// <summary>What a program that ran to its end printed.</summary>
internal sealed record Finished(int ExitCode, string Output, string Errors)
{
    /// <summary>The output, after checking that the program succeeded.</summary>
    public string Succeeded() =>
        ExitCode == 0 ? Output : throw new Xunit.Sdk.XunitException($"exit code {ExitCode}\n{Output}\n{Errors}");
}

/// <summary>Runs programs to their end, within a time.</summary>
internal static class Shell
{
    public static Finished Run(string program, params string[] arguments) => Run(new ProcessStartInfo(program, arguments), null, TimeSpan.FromMinutes(2));

    /// <param name="start">What to run; streams are redirected here.</param>
    /// <param name="input">Written to its standard input; null for none.</param>
    /// <param name="limit">After that the program is killed and the test fails.</param>
    public static Finished Run(ProcessStartInfo start, byte[]? input, TimeSpan limit)
    {
        start.RedirectStandardInput = true;
        start.RedirectStandardOutput = true;
        start.RedirectStandardError = true;
        start.StandardOutputEncoding = Encoding.UTF8;
        using Process process = Process.Start(start) ?? throw new InvalidOperationException($"{start.FileName} did not start");
        var output = process.StandardOutput.ReadToEndAsync();
        var errors = process.StandardError.ReadToEndAsync();
        if (input is not null) process.StandardInput.BaseStream.Write(input);
        process.StandardInput.Close();
        if (!process.WaitForExit(limit))
        {
            process.Kill(entireProcessTree: true);
            throw new TimeoutException($"{start.FileName} {string.Join(' ', start.ArgumentList)} did not end within {limit}");
        }

        return new Finished(process.ExitCode, output.GetAwaiter().GetResult(), errors.GetAwaiter().GetResult());
    }

    /// <summary>Runs a line of bash; the script's first arguments are <c>$1</c>, <c>$2</c>….</summary>
    public static Finished Bash(string script, params string[] arguments) =>
        Run(new ProcessStartInfo("bash", ["-c", "set -euo pipefail; " + script, "bash", .. arguments]), null, TimeSpan.FromMinutes(5));
}
