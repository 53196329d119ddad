using System.Diagnostics;

namespace Benchmarks.Servers;

/// <summary>
/// Apache Kafka as one node that is broker and controller, with its default settings; only the replication factors of its own topics are
/// 1, as there is one node. Heap and options of java are those of its start script.
/// </summary>
internal sealed class KafkaContestant(string name, string script) : Contestant(name)
{
    // What kafka-server-start.sh and kafka-run-class.sh give to java.
    private const string Heap = "-Xmx1G -Xms1G";
    private const string Options = "-server -XX:MaxGCPauseMillis=20 -XX:InitiatingHeapOccupancyPercent=35 -XX:+ExplicitGCInvokesConcurrent -Djava.awt.headless=true";

    internal override RunningServer Launch(string folder)
    {
        Directory.CreateDirectory(folder);
        int port = PortOf(folder, "client");
        int controllerPort = PortOf(folder, "controller");
        string properties = Path.Combine(folder, "server.properties");
        string data = Path.Combine(folder, "data");
        File.WriteAllLines(properties,
        [
            "process.roles=broker,controller",
            "node.id=1",
            $"controller.quorum.voters=1@127.0.0.1:{controllerPort}",
            "controller.listener.names=CONTROLLER",
            $"listeners=PLAINTEXT://127.0.0.1:{port},CONTROLLER://127.0.0.1:{controllerPort}",
            "listener.security.protocol.map=PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT",
            $"log.dirs={data}",
            "offsets.topic.replication.factor=1",
            "transaction.state.log.replication.factor=1",
            "transaction.state.log.min.isr=1",
            "share.coordinator.state.topic.replication.factor=1",
            "share.coordinator.state.topic.min.isr=1",
        ]);
        if (!Directory.Exists(data)) Format(properties);
        return new RunningServer(script, ["server", properties], [("KAFKA_HEAP_OPTS", Heap), ("KAFKA_OPTS", Options)], $"127.0.0.1:{port}", data, Path.Combine(folder, "server.log"));
    }

    private void Format(string properties)
    {
        var start = new ProcessStartInfo(script, ["storage", "format", "-t", "MkU3OEVBNTcwNTJENDM2Qg", "-c", properties]) { RedirectStandardOutput = true, RedirectStandardError = true };
        using Process process = Process.Start(start)!;
        Task<string> errors = process.StandardError.ReadToEndAsync();
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        if (process.ExitCode != 0) throw new InvalidOperationException($"Kafka's storage was not formatted:\n{output}{errors.Result}");
    }
}
