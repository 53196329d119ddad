using System.Globalization;
using Benchmarks.Servers;

namespace Benchmarks;

/// <summary>What a run of workloads was asked for.</summary>
internal sealed record Options
{
    internal const string Help = """
        options:
          --rounds N          rounds of each measurement, of which the median is told (5)
          --seconds S         length of a measurement (1)
          --budget TIME       instead of --seconds: as long as all fits into TIME, such as 12m or 90s
          --quick             one short round of small sizes against Sluice alone: does it work at all
          --only TEXT         only the variants whose name contains TEXT
          --systems LIST      of kafka, sluice, NAME=PATH (another sluice-broker), by commas (kafka,sluice)
          --log-gigabytes G   how much log there is at the restart after a kill (1)
          --congestion NAME   congestion control of the connections, such as cubic, in a network namespace of the run's own (that of the system)
          --work FOLDER       where the brokers keep their data (a new folder under $TMPDIR or /tmp)
          --out FOLDER        writes bench.md, bench.json and bench.svg there
        """;

    internal int Rounds { get; init; } = 5;

    internal double Seconds { get; init; } = 1;

    /// <summary>Null: as long as it takes.</summary>
    internal TimeSpan? Budget { get; init; }

    internal bool IsQuick { get; init; }

    internal string? Only { get; init; }

    internal IReadOnlyList<string> Systems { get; init; } = ["kafka", "sluice"];

    internal double LogGigabytes { get; init; } = 1;

    internal string WorkFolder { get; init; } = Path.GetTempPath();

    internal string? OutFolder { get; init; }

    internal static Options Parse(string[] arguments)
    {
        var options = new Options();
        for (int i = 0; i < arguments.Length; i++)
        {
            string name = arguments[i];
            if (name == "--quick")
            {
                options = options with { IsQuick = true, Rounds = 1, Seconds = 0.3, Systems = ["sluice"], LogGigabytes = 0.03 };
                continue;
            }
            if (i + 1 == arguments.Length) throw new UsageException($"{name} is no option, or its value is missing");
            options = options.With(name, arguments[++i]);
        }
        return options;
    }

    /// <summary>The brokers to measure, in the order of the columns.</summary>
    internal Contestant[] Contestants() => [.. Systems.Select(Contestant)];

    private Options With(string name, string value) => name switch
    {
        "--rounds" => this with { Rounds = (int)Number(name, value) },
        "--seconds" => this with { Seconds = Number(name, value) },
        "--budget" => this with { Budget = Time(value) },
        "--only" => this with { Only = value },
        "--systems" => this with { Systems = value.Split(',') },
        "--log-gigabytes" => this with { LogGigabytes = Number(name, value) },
        NetworkNamespace.Option => this, // The process was started again in it.
        "--work" => this with { WorkFolder = Path.GetFullPath(value) },
        "--out" => this with { OutFolder = Path.GetFullPath(value) },
        _ => throw new UsageException($"there is no option {name}\n{Help}"),
    };

    private static double Number(string name, string value) =>
        double.TryParse(value, CultureInfo.InvariantCulture, out double number) && number > 0 ? number : throw new UsageException($"{name} {value}: a number above 0 is needed");

    private static TimeSpan Time(string value)
    {
        double number = Number("--budget", value.TrimEnd('s', 'm'));
        return value.EndsWith('m') ? TimeSpan.FromMinutes(number) : TimeSpan.FromSeconds(number);
    }

    private static Contestant Contestant(string system) => system.Split('=', 2) switch
    {
        ["kafka"] => new KafkaContestant("kafka", Machine.Kafka ?? throw new UsageException("Apache Kafka is not here (SLUICE_JUDGES), or java is not: leave it out by --systems sluice")),
        ["sluice"] => new SluiceContestant("sluice", Machine.Sluice),
        [var name, var path] => new SluiceContestant(name, path),
        _ => throw new UsageException($"--systems knows kafka, sluice and NAME=PATH, not {system}"),
    };
}
