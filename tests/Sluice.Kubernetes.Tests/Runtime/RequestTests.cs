using System.Net;
using System.Text.Json.Nodes;
using Sluice.Kubernetes.Models;
using Sluice.Testing;

namespace Sluice.Kubernetes.Tests.Runtime;

public sealed class RequestTests
{
    private const string Map = """{"metadata":{"name":"a","namespace":"ns"}}""";

    [Fact]
    public async Task A_busy_server_is_asked_again_when_it_says()
    {
        var time = new ManualTime();
        int calls = 0;
        var server = new ScriptedServer((_, _) =>
        {
            if (++calls == 3) return ScriptedServer.Json(Map);
            HttpResponseMessage busy = ScriptedServer.Failure(429, "TooManyRequests");
            busy.Headers.Add("Retry-After", "2");
            return busy;
        });
        using KubernetesClient client = server.Client(time);
        Task<ConfigMap> get = client.GetAsync<ConfigMap>("ns", "a");
        await time.AdvanceUntilAsync(() => get.IsCompleted, TimeSpan.FromSeconds(1));
        Assert.Equal("a", (await get).Metadata.Name);
        Assert.Equal(3, calls);
    }

    [Fact]
    public async Task A_request_without_an_answer_ends_in_time()
    {
        var time = new ManualTime();
        var server = new ScriptedServer((_, _) => ScriptedServer.Failure(429, "TooManyRequests"));
        using KubernetesClient client = server.Client(time);
        Task<ConfigMap> get = client.GetAsync<ConfigMap>("ns", "a");
        await time.AdvanceUntilAsync(() => get.IsCompleted, TimeSpan.FromSeconds(1));
        await Assert.ThrowsAsync<TimeoutException>(() => get);
    }

    [Fact]
    public async Task A_refused_token_is_read_anew_once()
    {
        string path = Path.GetTempFileName();
        try
        {
            await File.WriteAllTextAsync(path, "old\n");
            var tokens = new List<string>();
            var server = new ScriptedServer((request, _) =>
            {
                tokens.Add(request.Headers.Authorization!.Parameter!);
                File.WriteAllText(path, "new\n");
                return tokens[^1] == "old" ? ScriptedServer.Failure(401, "Unauthorized") : ScriptedServer.Json(Map);
            });
            using KubernetesClient client = server.Client(token: TokenSource.File(path, new ManualTime()));
            await client.GetAsync<ConfigMap>("ns", "a");
            Assert.Equal(["old", "new"], tokens);
        }
        finally
        {
            File.Delete(path);
        }
    }

    [Fact]
    public void A_token_file_is_read_again_after_a_minute()
    {
        string path = Path.GetTempFileName();
        try
        {
            var time = new ManualTime();
            File.WriteAllText(path, "one");
            TokenSource token = TokenSource.File(path, time);
            Assert.Equal("one", token.Current);
            File.WriteAllText(path, "two");
            Assert.Equal("one", token.Current);
            time.Advance(TimeSpan.FromMinutes(1));
            Assert.Equal("two", token.Current);
        }
        finally
        {
            File.Delete(path);
        }
    }

    [Fact]
    public async Task An_answer_that_is_no_status_shows_as_it_is()
    {
        var server = new ScriptedServer((_, _) => new HttpResponseMessage(HttpStatusCode.BadGateway) { Content = new StringContent("upstream down") });
        using KubernetesClient client = server.Client();
        ApiException error = await Assert.ThrowsAsync<ApiException>(() => client.GetAsync<ConfigMap>("ns", "a"));
        Assert.Contains("upstream down", error.Message);
        Assert.Equal(HttpStatusCode.BadGateway, error.Code);
    }

    [Fact]
    public async Task A_page_token_that_expires_brings_one_whole_list()
    {
        var server = new ScriptedServer((request, _) => request.RequestUri!.Query switch
        {
            var query when query.Contains("continue=") => ScriptedServer.Failure(410, "Expired"),
            var query when query.Contains("limit=") => ScriptedServer.Json($$"""{"metadata":{"continue":"t"},"items":[{{Map}}]}"""),
            _ => ScriptedServer.Json($$"""{"metadata":{},"items":[{{Map}},{{Map}},{{Map}}]}"""),
        });
        using KubernetesClient client = server.Client();
        ResourceList<JsonObject> list = await client.Resource(ResourceType.Of<ConfigMap>()).ListAsync("ns");
        Assert.Equal(3, list.Items.Count);
        Assert.Equal("v1", list.Items[0]["apiVersion"]!.ToString());
    }

    [Fact]
    public async Task Paths_keep_the_base_of_the_server_and_options_become_parameters()
    {
        var server = new ScriptedServer((_, _) => ScriptedServer.Json(Map));
        using KubernetesClient client = server.Client();
        await client.ApplyStatusAsync(new StatefulSet { Metadata = { Name = "s", Namespace = "n s" } }, "m", force: true);
        Assert.Equal("PATCH /base/apis/apps/v1/namespaces/n%20s/statefulsets/s/status?fieldManager=m&force=true", server.Requests.Single());
    }

    [Fact]
    public async Task A_namespaced_object_without_a_namespace_is_refused_here()
    {
        var server = new ScriptedServer((_, _) => ScriptedServer.Json(Map));
        using KubernetesClient client = server.Client();
        await Assert.ThrowsAsync<ArgumentException>(() => client.GetAsync<ConfigMap>(null, "a"));
        await Assert.ThrowsAsync<ArgumentException>(() => client.CreateAsync(new ConfigMap { Metadata = { Name = "a" } }));
        Assert.Empty(server.Requests);
    }
}
