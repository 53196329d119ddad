using System.Net;
using System.Net.Http.Headers;
using System.Text.Json.Nodes;
using k8s.Authentication;
using k8s.Models;
using Sluice.Kubernetes.Client;
using Sluice.Kubernetes.Models;
using Support.Kubernetes;

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
        Task<V1ConfigMap> get = client.GetAsync<V1ConfigMap>("ns", "a");
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
        Task<V1ConfigMap> get = client.GetAsync<V1ConfigMap>("ns", "a");
        await time.AdvanceUntilAsync(() => get.IsCompleted, TimeSpan.FromSeconds(1));
        await Assert.ThrowsAsync<TimeoutException>(() => get);
    }

    [Fact]
    public async Task Requests_carry_the_token_of_the_provider()
    {
        var tokens = new List<string>();
        var server = new ScriptedServer((request, _) =>
        {
            tokens.Add(request.Headers.Authorization!.ToString());
            return ScriptedServer.Json(Map);
        });
        using KubernetesClient client = server.Client(token: new Tokens(() => $"t{tokens.Count}"));
        await client.GetAsync<V1ConfigMap>("ns", "a");
        await client.GetAsync<V1ConfigMap>("ns", "a");
        Assert.Equal(["Bearer t0", "Bearer t1"], tokens);
    }

    [Fact]
    public async Task A_plugin_that_fails_is_a_request_that_failed()
    {
        var server = new ScriptedServer((_, _) => ScriptedServer.Json(Map));
        using KubernetesClient client = server.Client(token: new Tokens(() => throw new k8s.Exceptions.KubeConfigException("the plugin ended with 1")));
        HttpRequestException error = await Assert.ThrowsAsync<HttpRequestException>(() => client.GetAsync<V1ConfigMap>("ns", "a"));
        Assert.Contains("the plugin ended with 1", error.Message);
        Assert.Empty(server.Requests);
    }

    private sealed class Tokens(Func<string> token) : ITokenProvider
    {
        public Task<AuthenticationHeaderValue> GetAuthenticationHeaderAsync(CancellationToken cancellationToken) => Task.FromResult(new AuthenticationHeaderValue("Bearer", token()));
    }

    [Fact]
    public async Task An_answer_that_is_no_status_shows_as_it_is()
    {
        var server = new ScriptedServer((_, _) => new HttpResponseMessage(HttpStatusCode.BadGateway) { Content = new StringContent("upstream down") });
        using KubernetesClient client = server.Client();
        ApiException error = await Assert.ThrowsAsync<ApiException>(() => client.GetAsync<V1ConfigMap>("ns", "a"));
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
        ResourceList<JsonObject> list = await client.Resource(ResourceType.Of<V1ConfigMap>()).ListAsync("ns");
        Assert.Equal(3, list.Items.Count);
        Assert.Equal("v1", list.Items[0]["apiVersion"]!.ToString());
    }

    [Fact]
    public async Task Paths_keep_the_base_of_the_server_and_options_become_parameters()
    {
        var server = new ScriptedServer((_, _) => ScriptedServer.Json(Map));
        using KubernetesClient client = server.Client();
        await client.ApplyStatusAsync(new V1StatefulSet { Metadata = new() { Name = "s", NamespaceProperty = "n s" } }, "m", force: true);
        Assert.Equal("PATCH /base/apis/apps/v1/namespaces/n%20s/statefulsets/s/status?fieldManager=m&force=true", server.Requests.Single());
    }

    [Fact]
    public async Task A_namespaced_object_without_a_namespace_is_refused_here()
    {
        var server = new ScriptedServer((_, _) => ScriptedServer.Json(Map));
        using KubernetesClient client = server.Client();
        await Assert.ThrowsAsync<ArgumentException>(() => client.GetAsync<V1ConfigMap>(null, "a"));
        await Assert.ThrowsAsync<ArgumentException>(() => client.CreateAsync(new V1ConfigMap { Metadata = new() { Name = "a" } }));
        Assert.Empty(server.Requests);
    }
}
