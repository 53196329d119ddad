using System.Text.Json.Nodes;
using k8s.Models;
using Sluice.Kubernetes.Client;
using Sluice.Kubernetes.Events;
using Support.Kubernetes;

namespace Sluice.Kubernetes.Tests.Runtime;

public sealed class EventRecorderTests
{
    private readonly List<(string Method, JsonObject Event)> _written = [];
    private readonly ManualTime _time = new();
    private readonly V1ConfigMap _object = new() { Metadata = new() { Name = "a", NamespaceProperty = "ns", Uid = "u" } };

    [Fact]
    public async Task Equal_events_become_one_with_a_count()
    {
        await RecordAsync(recorder =>
        {
            for (int i = 0; i < 3; i++) recorder.Warning(_object, "Refused", "Alter", "no");
            recorder.Warning(_object, "Refused", "Alter", "other");
        });
        Assert.Equal(["POST", "PUT", "PUT", "POST"], _written.Select(entry => entry.Method));
        Assert.Equal(3, _written[2].Event["series"]!["count"]!.GetValue<int>());
        JsonObject first = _written[0].Event;
        Assert.Equal("ConfigMap", first["regarding"]!["kind"]!.ToString());
        Assert.Equal("sluice.dev/test", first["reportingController"]!.ToString());
    }

    [Fact]
    public async Task An_object_that_talks_too_much_is_cut_off()
    {
        await RecordAsync(recorder =>
        {
            for (int i = 0; i < 60; i++) recorder.Normal(_object, "R", "A", i.ToString());
        });
        Assert.Equal(25, _written.Count);
    }

    [Fact]
    public async Task A_note_is_cut_to_what_the_api_takes()
    {
        await RecordAsync(recorder => recorder.Normal(_object, "R", "A", new string('ü', 2000)));
        Assert.InRange(System.Text.Encoding.UTF8.GetByteCount(_written.Single().Event["note"]!.ToString()), 1, 1024);
    }

    private async Task RecordAsync(Action<EventRecorder> record)
    {
        var server = new ScriptedServer((request, body) =>
        {
            _written.Add((request.Method.Method, JsonNode.Parse(body)!.AsObject()));
            return ScriptedServer.Json(body);
        });
        using KubernetesClient client = server.Client(_time);
        await using var recorder = new EventRecorder(client, "sluice.dev/test", "me", _time);
        record(recorder);
    }
}
