using System.Diagnostics;
using System.Text;
using System.Text.RegularExpressions;

namespace Sluice.Local.Tests.Conformance;

/// <summary>A command, what it is given to read, and what it said.</summary>
public sealed record TranscriptStep(string Command, string Input, string Output);

/// <summary>
/// Commands with their outputs, as text that a person can read:
/// <c># a remark</c>, <c>$ a command</c>, <c>&lt; a line for the command to read</c>, and then its output.
/// What differs from run to run (uids, times, versions, addresses, ages) is normalised.
/// </summary>
public sealed partial class Transcript(IReadOnlyList<object> parts)
{
    public static Transcript Parse(string text)
    {
        var parts = new List<object>();
        string? command = null;
        var (input, output) = (new StringBuilder(), new StringBuilder());
        foreach (var line in text.Split('\n'))
        {
            if (line.StartsWith("# ", StringComparison.Ordinal) || line.StartsWith("$ ", StringComparison.Ordinal))
            {
                Flush();
                if (line[0] == '#')
                    parts.Add(line);
                else
                    command = line[2..];
            }
            else if (command is not null && line.StartsWith('<') && output.Length == 0)
            {
                input.Append(line.Length > 2 ? line[2..] : "").Append('\n');
            }
            else if (command is not null)
            {
                output.Append(line).Append('\n');
            }
        }

        Flush();
        return new Transcript(parts);

        void Flush()
        {
            if (command is not null)
                parts.Add(new TranscriptStep(command, input.ToString(), output.ToString().Trim('\n')));
            command = null;
            input.Clear();
            output.Clear();
        }
    }

    /// <summary>Runs all commands, giving the same transcript with the outputs of now.</summary>
    public async Task<Transcript> RunAsync(ServerAccess access)
    {
        var result = new List<object>();
        var home = Directory.CreateTempSubdirectory("sluice-kubectl-");
        try
        {
            foreach (var part in parts)
            {
                result.Add(part is TranscriptStep step
                    ? step with { Output = Normalize(await RunAsync(step, access, home.FullName)) }
                    : part);
            }
        }
        finally
        {
            home.Delete(recursive: true);
        }

        return new Transcript(result);
    }

    public override string ToString()
    {
        var text = new StringBuilder();
        foreach (var part in parts)
        {
            if (part is not TranscriptStep step)
            {
                text.Append(part).Append('\n');
                continue;
            }

            text.Append("$ ").Append(step.Command).Append('\n');
            foreach (var line in step.Input.TrimEnd('\n').Split('\n').Where(_ => step.Input.Length > 0))
                text.Append(line.Length == 0 ? "<" : "< " + line).Append('\n');
            text.Append(step.Output).Append(step.Output.Length > 0 ? "\n\n" : "\n");
        }

        return text.ToString();
    }

    private static async Task<string> RunAsync(TranscriptStep step, ServerAccess access, string home)
    {
        var start = access.Bash(step.Command, home);
        using var process = Process.Start(start)!;
        using var limit = new CancellationTokenSource(TimeSpan.FromMinutes(3));
        try
        {
            await process.StandardInput.WriteAsync(step.Input);
            process.StandardInput.Close();
            var output = await process.StandardOutput.ReadToEndAsync(limit.Token);
            await process.WaitForExitAsync(limit.Token);
            return output;
        }
        finally
        {
            if (!process.HasExited)
                process.Kill(entireProcessTree: true);
        }
    }

    private static string Normalize(string output)
    {
        var text = output.Replace("\r", "", StringComparison.Ordinal).Trim('\n');
        text = Location().Replace(text, "SERVER");
        text = Uid().Replace(text, "UID");
        text = Timestamp().Replace(text, "TIME");
        text = LongTime().Replace(text, "TIME");
        text = DescribedVersion().Replace(text, "$1RV");
        text = VersionField().Replace(text, "$1\"RV\"");
        text = Address().Replace(text, "CLUSTER-IP");
        text = NodePort().Replace(text, "NODEPORT");
        var lines = text.Split('\n').Select(line => Age().Replace(Blanks().Replace(line.TrimEnd(), m => m.Index == 0 ? m.Value : "  "), "AGE")).ToList();
        return string.Join('\n', SortProblems(lines));
    }

    /// <summary>The problems of one refusal come in no particular order.</summary>
    private static IEnumerable<string> SortProblems(List<string> lines)
    {
        var problems = new List<string>();
        foreach (var line in lines)
        {
            if (line.StartsWith("* ", StringComparison.Ordinal))
            {
                problems.Add(line);
                continue;
            }

            foreach (var problem in problems.Order(StringComparer.Ordinal))
                yield return problem;
            problems.Clear();
            yield return line;
        }

        foreach (var problem in problems.Order(StringComparer.Ordinal))
            yield return problem;
    }

    [GeneratedRegex("[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")]
    private static partial Regex Uid();

    [GeneratedRegex(@"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d+)?Z")]
    private static partial Regex Timestamp();

    [GeneratedRegex(@"[A-Z][a-z]{2}, \d{2} [A-Z][a-z]{2} \d{4} \d{2}:\d{2}:\d{2} [+-]\d{4}")]
    private static partial Regex LongTime();

    [GeneratedRegex(@"(Resource Version: +)\d+")]
    private static partial Regex DescribedVersion();

    [GeneratedRegex(@"(""?resourceVersion""?: ?)""\d+""")]
    private static partial Regex VersionField();

    [GeneratedRegex(@"\b(127\.78|10\.96)\.\d{1,3}\.\d{1,3}\b")]
    private static partial Regex Address();

    [GeneratedRegex(@"\b3[0-2]\d{3}\b")]
    private static partial Regex NodePort();

    [GeneratedRegex(@"(https://)?127\.0\.0\.1:\d+")]
    private static partial Regex Location();

    [GeneratedRegex(" {2,}")]
    private static partial Regex Blanks();

    [GeneratedRegex(@"(?<=  )(\d+[smhd])+(?= |$)|(?<=  )<unknown>$|(?<=  )<invalid>$")]
    private static partial Regex Age();
}
