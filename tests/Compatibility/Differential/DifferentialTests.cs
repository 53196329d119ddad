using System.Text;
using System.Text.Json.Nodes;
using Support;

namespace Compatibility.Differential;

/// <summary>
/// The same requests, at every version, are answered by Sluice as Apache Kafka 4.3.1 answered them: field by field, except where
/// <see cref="Differences"/> says why not. What Kafka answered is recorded, so that this needs no Java.
/// </summary>
public sealed class DifferentialTests
{
    private static bool Records => Environment.GetEnvironmentVariable("SLUICE_RECORD") is "1";

    [SkippableFact]
    public void Every_answer_is_the_one_that_Kafka_gave()
    {
        Skip.If(Records, "Kafka's answers are being recorded");
        using var broker = new TestBroker(Suite.Settings);
        using var session = new Session(new World("127.0.0.1", broker.Port, broker.Data), waitsForChanges: false);
        var recorded = Suite.Keys.ToDictionary(key => key, AnswerFile.Read);
        var used = new HashSet<Difference>();
        var wrong = new StringBuilder();
        int answers = 0, wrongAnswers = 0;
        foreach ((Case sent, short version, JsonNode? answer) in Run(session, broker))
        {
            answers++;
            if (!recorded[sent.Key].Remove((sent.Name, version), out JsonNode? kafka))
            {
                wrong.Append($"{sent} v{version} is not recorded: run SLUICE_RECORD=1 ./test Compatibility\n");
                continue;
            }
            List<Comparison.Field> fields = [.. Comparison.Of(kafka, answer).Where(field => !IsMeant(sent, field.Path, used))];
            if (fields.Count == 0) continue;
            wrongAnswers++;
            foreach (Comparison.Field field in fields) wrong.Append($"{sent} v{version} {field.Path}\n  Kafka:  {Short(field.Kafka)}\n  Sluice: {Short(field.Sluice)}\n");
        }
        foreach ((string name, short version) in recorded.Values.SelectMany(r => r.Keys)) wrong.Append($"{name} v{version} is recorded, but is no case any more: run SLUICE_RECORD=1 ./test Compatibility\n");
        foreach (Difference unused in Differences.All.Where(d => !used.Contains(d))) wrong.Append($"no difference any more, take it out of the list: {unused.Key} {unused.Cases} {unused.Fields}\n");
        Assert.True(wrong.Length == 0, $"{wrongAnswers} of {answers} answers differ:\n{wrong}");
    }

    [SkippableFact]
    public void Kafkas_answers_are_recorded_when_that_is_asked_for()
    {
        Skip.IfNot(Records, "answers are recorded only with SLUICE_RECORD=1");
        using var kafka = KafkaServer.Start();
        using var session = new Session(new World("127.0.0.1", int.Parse(kafka.Bootstrap.Split(':')[1], System.Globalization.CultureInfo.InvariantCulture), kafka.Data), waitsForChanges: true);
        foreach (var answers in session.Run(Suite.Cases).GroupBy(a => a.Case.Key)) AnswerFile.Write(answers.Key, [.. answers.Select(a => (a.Case.Name, a.Version, a.Answer))]);
    }

    [Fact]
    public void The_report_is_up_to_date() => GeneratedFile.Check("docs/kafka-differences.md", Report.Text());

    private static List<(Case Case, short Version, JsonNode? Answer)> Run(Session session, TestBroker broker)
    {
        try
        {
            return session.Run(Suite.Cases);
        }
        catch (System.Net.Sockets.SocketException e)
        {
            throw new Xunit.Sdk.XunitException($"the broker is gone after {session.Last}: {e.Message}\n{broker.Log}");
        }
    }

    private static bool IsMeant(Case sent, string path, HashSet<Difference> used)
    {
        Difference? difference = Differences.All.FirstOrDefault(d => d.Covers(sent, path));
        if (difference is not null) used.Add(difference);
        return difference is not null;
    }

    private static string Short(string text) => text.Length <= 400 ? text : text[..400] + "…";
}
