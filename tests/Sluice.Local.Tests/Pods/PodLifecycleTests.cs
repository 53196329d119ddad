using System.Diagnostics;
using k8s.Models;
using Sluice.Local.NodeAgent.Processes;

namespace Sluice.Local.Tests.Pods;

public class PodLifecycleTests
{
    private static string Pod(string name, string script, string more = "", string policy = "Always") => $$"""
        apiVersion: v1
        kind: Pod
        metadata:
          name: {{name}}
          labels: {app: demo}
        spec:
          restartPolicy: {{policy}}
          terminationGracePeriodSeconds: 5
          containers:
          - name: main
            image: test/shell
            command: [sh, -c, {{System.Text.Json.JsonSerializer.Serialize(script)}}]
        {{string.Join('\n', more.Split('\n').Select(l => "    " + l))}}
        """;

    [Fact]
    public async Task A_pod_runs_is_ready_and_ends_when_deleted()
    {
        await using var test = await TestCluster.StartAsync();
        await test.ApplyAsync(Pod("a", "echo hello; exec sleep 1000"));
        var pod = await test.PodAsync("a", TestCluster.IsReady);
        Assert.Equal("Running", pod.Status!.Phase);
        Assert.Equal("local", pod.Spec!.NodeName);
        Assert.StartsWith("127.77.", pod.Status.PodIP, StringComparison.Ordinal);
        var pid = TestCluster.PidOf(pod, test.Folder);
        Assert.True(ProcessIdentity.Of(pid)!.IsAlive);
        Assert.Equal("hello\n", await test.Client.GetTextAsync("/api/v1/namespaces/default/pods/a/log"));

        await test.Client.DeleteAsync<V1Pod>("default", "a");
        await test.EventuallyAsync(async () => await test.PodAsync("a") is null);
        Assert.Null(ProcessIdentity.Of(pid));
        await test.EventuallyAsync(() => Task.FromResult(!Directory.EnumerateDirectories(Path.Combine(test.Folder, "pods")).Any()));
        Assert.Empty(test.Log);
    }

    [Fact]
    public async Task A_killed_container_is_back_at_once_with_its_history()
    {
        await using var test = await TestCluster.StartAsync();
        await test.ApplyAsync(Pod("a", "echo run; exec sleep 1000"));
        var pod = await test.PodAsync("a", TestCluster.IsReady);
        for (var i = 1; i <= 3; i++)
        {
            // Without a probe it is ready as soon as it is started, which may be before it wrote its line.
            await test.EventuallyAsync(async () => await test.Client.GetTextAsync("/api/v1/namespaces/default/pods/a/log") == "run\n");
            Libc.Kill(TestCluster.PidOf(pod, test.Folder), Libc.SigKill);
            pod = await test.PodAsync("a", p => TestCluster.IsReady(p) && p.Status!.ContainerStatuses![0].RestartCount == i);
        }
        Assert.DoesNotContain("BackOff", (await test.Client.ListAsync<Corev1Event>("default")).Items.Select(e => e.Reason));
        var last = pod.Status!.ContainerStatuses![0].LastState!.Terminated!;
        Assert.Equal((137, "Error"), (last.ExitCode, last.Reason));
        Assert.Equal("run\n", await test.Client.GetTextAsync("/api/v1/namespaces/default/pods/a/log?previous=true"));
    }

    [Fact]
    public async Task A_container_that_dies_at_start_waits_in_crash_loop_back_off()
    {
        await using var test = await TestCluster.StartAsync();
        await test.ApplyAsync(Pod("a", "exit 3", "readinessProbe: {exec: {command: ['true']}, initialDelaySeconds: 600}"));
        var pod = await test.PodAsync("a", p => p.Status?.ContainerStatuses?[0].State?.Waiting?.Reason == "CrashLoopBackOff");
        var status = pod.Status!.ContainerStatuses![0];
        Assert.Equal(3, status.LastState!.Terminated!.ExitCode);
        // The first restart is at once; each after it waits twice as long as the one before.
        Assert.StartsWith($"back-off {10 << (status.RestartCount - 1)}s restarting failed container=main", status.State!.Waiting!.Message, StringComparison.Ordinal);
        Assert.Equal("Running", pod.Status.Phase);
    }

    [Theory]
    [InlineData("OnFailure", "exit 0", "Succeeded", "Completed")]
    [InlineData("Never", "exit 4", "Failed", "Error")]
    public async Task A_pod_that_ends_by_its_policy_has_its_phase(string policy, string script, string phase, string reason)
    {
        await using var test = await TestCluster.StartAsync();
        await test.ApplyAsync(Pod("a", script, policy: policy));
        var pod = await test.PodAsync("a", p => p.Status?.Phase == phase);
        Assert.Equal(reason, pod.Status!.ContainerStatuses![0].State!.Terminated!.Reason);
    }

    [Fact]
    public async Task Environment_volumes_and_mount_paths_are_real_for_the_program()
    {
        await using var test = await TestCluster.StartAsync();
        await test.ApplyAsync("""
            apiVersion: v1
            kind: ConfigMap
            metadata: {name: conf}
            data: {app.conf: "dir=/data/x", level: high}
            ---
            apiVersion: v1
            kind: Secret
            metadata: {name: pass}
            stringData: {word: /data}
            """);
        const string More = """
            env:
            - {name: POD_IP, valueFrom: {fieldRef: {fieldPath: status.podIP}}}
            - {name: APP, valueFrom: {fieldRef: {fieldPath: "metadata.labels['app']"}}}
            - {name: LEVEL, valueFrom: {configMapKeyRef: {name: conf, key: level}}}
            - {name: WORD, valueFrom: {secretKeyRef: {name: pass, key: word}}}
            - {name: BOTH, value: "$(APP)/$(LEVEL)"}
            volumeMounts:
            - {name: conf, mountPath: /etc/app}
            - {name: pass, mountPath: /etc/pass}
            - {name: data, mountPath: /data}
            """;
        const string Script = "cat /etc/app/app.conf; echo; echo $POD_IP $APP $LEVEL $WORD $BOTH; cat /etc/pass/word; echo; mkdir /data/x; cd /data; ls -d x; exec sleep 1000";
        await test.ApplyAsync(Pod("a", Script, More) + """

              volumes:
              - {name: conf, configMap: {name: conf}}
              - {name: pass, secret: {secretName: pass}}
              - {name: data, emptyDir: {}}
            """);
        var pod = await test.PodAsync("a", TestCluster.IsReady);
        await test.EventuallyAsync(async () => (await Log()).Length >= 4);
        var data = Path.Combine(test.Folder, "pods", $"default_a_{pod.Metadata.Uid}", "volumes", "data");
        Assert.Equal([$"dir={data}/x", $"{pod.Status!.PodIP} demo high /data demo/high", "/data", "x"], await Log());

        await test.Client.MergePatchAsync<V1ConfigMap>("default", "conf", new() { ["data"] = new System.Text.Json.Nodes.JsonObject { ["app.conf"] = "changed" } });
        var file = Path.Combine(test.Folder, "pods", $"default_a_{pod.Metadata.Uid}", "volumes", "conf", "app.conf");
        await test.EventuallyAsync(async () => await File.ReadAllTextAsync(file) == "changed");

        async Task<string[]> Log() =>
            (await test.Client.GetTextAsync("/api/v1/namespaces/default/pods/a/log")).Split('\n', StringSplitOptions.RemoveEmptyEntries);
    }

    [Fact]
    public async Task Init_containers_run_one_after_the_other_before_the_rest()
    {
        await using var test = await TestCluster.StartAsync();
        await test.ApplyAsync(Pod("a", "cat /work/order; exec sleep 1000", "volumeMounts: [{name: work, mountPath: /work}]") + """

              initContainers:
              - {name: one, image: test/shell, command: [sh, -c, 'echo one >> /work/order'], volumeMounts: [{name: work, mountPath: /work}]}
              - {name: two, image: test/shell, command: [sh, -c, 'echo two >> /work/order'], volumeMounts: [{name: work, mountPath: /work}]}
              volumes: [{name: work, emptyDir: {}}]
            """);
        await test.PodAsync("a", TestCluster.IsReady);
        await test.EventuallyAsync(async () => await test.Client.GetTextAsync("/api/v1/namespaces/default/pods/a/log") == "one\ntwo\n");
    }

    [Fact]
    public async Task What_cannot_be_started_waits_and_says_why()
    {
        await using var test = await TestCluster.StartAsync();
        await test.ApplyAsync(Pod("image", "").Replace("test/shell", "busybox:1", StringComparison.Ordinal));
        await test.ApplyAsync(Pod("config", "", "envFrom: [{configMapRef: {name: missing}}]"));
        await test.ApplyAsync(Pod("program", "").Replace("[sh,", "[no-such-program,", StringComparison.Ordinal));
        await test.ApplyAsync(Pod("hook", "", "lifecycle: {preStop: {exec: {command: ['true']}}}"));
        Assert.Contains("no local program stands for image \"busybox:1\"", await Waiting("image", "ErrImagePull", "ImagePullBackOff"), StringComparison.Ordinal);
        Assert.Equal("configmap \"missing\" not found", await Waiting("config", "CreateContainerConfigError"));
        Assert.Equal("exec: \"no-such-program\": executable file not found in $PATH", await Waiting("program", "CreateContainerConfigError"));
        Assert.Equal("spec.containers[main].lifecycle.preStop is not supported by local pods", await Waiting("hook", "CreateContainerConfigError"));

        async Task<string?> Waiting(string pod, params string[] reasons) =>
            (await test.PodAsync(pod, p => reasons.Contains(p.Status?.ContainerStatuses?[0].State?.Waiting?.Reason)))
            .Status!.ContainerStatuses![0].State!.Waiting!.Message;
    }

    [Fact]
    public async Task Probes_decide_over_readiness_and_restarts()
    {
        await using var test = await TestCluster.StartAsync();
        const string More = """
            readinessProbe: {exec: {command: [test, -e, /work/ready]}, periodSeconds: 1, timeoutSeconds: 60, failureThreshold: 1}
            livenessProbe: {exec: {command: [test, '!', -e, /work/dead]}, periodSeconds: 1, timeoutSeconds: 60, failureThreshold: 1}
            volumeMounts: [{name: work, mountPath: /work}]
            """;
        await test.ApplyAsync(Pod("a", "exec sleep 1000", More) + "\n  volumes: [{name: work, emptyDir: {}}]");
        var pod = await test.PodAsync("a", p => p.Status?.Phase == "Running");
        Assert.False(TestCluster.IsReady(pod));
        var work = Path.Combine(test.Folder, "pods", $"default_a_{pod.Metadata.Uid}", "volumes", "work");
        await File.WriteAllTextAsync(Path.Combine(work, "ready"), "");
        await test.PodAsync("a", TestCluster.IsReady);
        File.Delete(Path.Combine(work, "ready"));
        pod = await test.PodAsync("a", p => !TestCluster.IsReady(p));
        Assert.Equal(0, pod.Status!.ContainerStatuses![0].RestartCount);
        await File.WriteAllTextAsync(Path.Combine(work, "dead"), "");
        // The file may end more than one run of the container before it is gone.
        await test.PodAsync("a", p => p.Status!.ContainerStatuses![0].RestartCount >= 1);
        File.Delete(Path.Combine(work, "dead"));
        await File.WriteAllTextAsync(Path.Combine(work, "ready"), "");
        await test.PodAsync("a", TestCluster.IsReady);
    }

    [Fact]
    public async Task A_program_that_ignores_the_request_to_end_is_killed_after_its_grace()
    {
        await using var test = await TestCluster.StartAsync();
        await test.ApplyAsync(Pod("a", "trap '' TERM; echo set; while true; do sleep 0.1; done"));
        await test.PodAsync("a", TestCluster.IsReady);
        // Without a probe it is ready as soon as it is started, which may be before the shell has set its trap.
        await test.EventuallyAsync(async () => await test.Client.GetTextAsync("/api/v1/namespaces/default/pods/a/log") == "set\n");
        var start = Stopwatch.GetTimestamp();
        await test.Client.DeleteAsync<V1Pod>("default", "a", new() { GracePeriodSeconds = 1 });
        await test.EventuallyAsync(async () => await test.PodAsync("a") is null);
        Assert.True(Stopwatch.GetElapsedTime(start) > TimeSpan.FromSeconds(0.9), $"killed after {Stopwatch.GetElapsedTime(start)}");
    }
}
