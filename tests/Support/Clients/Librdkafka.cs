using System.Diagnostics;
using System.IO.Compression;
using System.Text.Json;

namespace Support.Clients;

/// <summary>librdkafka 2.16 through its Python binding, whose wheel lies with the judges and is unpacked beside the build's output.</summary>
internal sealed class Librdkafka : DrivenClient
{
    private static readonly Lazy<string?> Modules = new(Unpack);

    public override void Require()
    {
        Judges.Command("python3");
        Skip.If(Modules.Value is null, "the wheel of confluent_kafka is not here (SLUICE_JUDGES)");
        Finished imported = Shell.Run(Python("-c", "import confluent_kafka"), null, TimeSpan.FromMinutes(1));
        Skip.If(imported.ExitCode != 0, $"confluent_kafka does not fit this Python: {imported.Errors.Trim().Split('\n')[^1]}");
    }

    /// <summary>Begins to use transactions.</summary>
    /// <param name="bootstrap">The broker.</param>
    /// <param name="id">The <c>transactional.id</c>.</param>
    /// <param name="patience">Seconds that the client may try.</param>
    /// <returns>How that ended.</returns>
    public TransactionStart Transact(string bootstrap, string id, int patience)
    {
        JsonElement e = Lines(Run("transact", new { bootstrap, id, patience })).Last();
        return new TransactionStart(e.GetProperty("seconds").GetDouble(), e.GetProperty("fatal").GetBoolean(), e.GetProperty("error").GetString()!);
    }

    protected override ProcessStartInfo Driver() => Python(Path.Combine(Folder, "librdkafka", "driver.py"));

    private static ProcessStartInfo Python(params string[] arguments)
    {
        var start = new ProcessStartInfo("python3", arguments);
        start.Environment["PYTHONPATH"] = Modules.Value;
        start.Environment["PYTHONDONTWRITEBYTECODE"] = "1";
        return start;
    }

    private static string? Unpack()
    {
        string folder = Path.Combine(Judges.Folder, "clients");
        string? wheel = Directory.Exists(folder) ? Directory.GetFiles(folder, "confluent_kafka-*.whl").FirstOrDefault() : null;
        if (wheel is null) return null;
        string target = Path.Combine(Judges.Repository, "artifacts", "clients", Path.GetFileNameWithoutExtension(wheel));
        if (Directory.Exists(target)) return target;
        // Two test processes may do this at once: whoever is second keeps the first one's.
        string fresh = $"{target}.{Environment.ProcessId}";
        ZipFile.ExtractToDirectory(wheel, fresh);
        try
        {
            Directory.Move(fresh, target);
        }
        catch (IOException) when (Directory.Exists(target))
        {
            Directory.Delete(fresh, recursive: true);
        }
        return target;
    }
}

/// <summary>How a client's first step into transactions ended.</summary>
/// <param name="Seconds">After how long.</param>
/// <param name="IsFatal">Whether the client takes it for final.</param>
/// <param name="Error">What it says.</param>
internal sealed record TransactionStart(double Seconds, bool IsFatal, string Error);
