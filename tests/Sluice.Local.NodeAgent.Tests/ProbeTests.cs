using System.Net;
using System.Net.Sockets;
using System.Text;
using k8s.Models;
using Sluice.Local.NodeAgent.Probes;

namespace Sluice.Local.NodeAgent.Tests;

public class ProbeTests
{
    [Fact]
    public void Failures_before_the_first_success_count_once_a_period_and_tries_in_between_do_not()
    {
        var schedule = new ProbeSchedule(new V1Probe { PeriodSeconds = 2, FailureThreshold = 2 }, initially: false);
        Assert.Equal(TimeSpan.Zero, schedule.Next);
        var tries = 0;
        for (; !schedule.HasFailed; tries++) schedule.Note(succeeded: false, schedule.Next);
        Assert.InRange(tries, 8, 20);
        Assert.InRange(schedule.Next.TotalSeconds, 4, 6);
    }

    [Fact]
    public void A_first_success_is_taken_at_once_and_then_the_period_holds()
    {
        var schedule = new ProbeSchedule(new V1Probe { PeriodSeconds = 10 }, initially: false);
        schedule.Note(succeeded: false, TimeSpan.Zero);
        Assert.InRange(schedule.Next.TotalMilliseconds, 10, 50);
        schedule.Note(succeeded: true, TimeSpan.FromMilliseconds(20));
        Assert.True(schedule.Result);
        Assert.Equal(TimeSpan.FromSeconds(10.02), schedule.Next);
    }

    [Fact]
    public void Thresholds_need_results_in_a_row()
    {
        var schedule = new ProbeSchedule(new V1Probe { PeriodSeconds = 1, FailureThreshold = 2, SuccessThreshold = 2 }, initially: true);
        Note(false);
        Note(true);
        Note(false);
        Assert.True(schedule.Result);
        Note(false);
        Assert.False(schedule.Result);
        Note(true);
        Assert.False(schedule.Result);
        Note(true);
        Assert.True(schedule.Result);

        void Note(bool succeeded) => schedule.Note(succeeded, schedule.Next);
    }

    [Fact]
    public void The_initial_delay_is_kept() =>
        Assert.Equal(TimeSpan.FromSeconds(7), new ProbeSchedule(new V1Probe { InitialDelaySeconds = 7 }, initially: false).Next);

    [Theory]
    [InlineData("200 OK", true, "")]
    [InlineData("302 Found", true, "")]
    [InlineData("503 Busy", false, "HTTP probe failed with statuscode: 503")]
    public async Task An_http_probe_goes_by_the_status_code(string answer, bool succeeded, string message)
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var serve = ServeOnce(listener, answer);
        var probe = new V1Probe { HttpGet = new() { Path = "healthz", Port = "http" }, TimeoutSeconds = 60 };
        var outcome = await ProbeRunner.RunAsync(probe, Target(listener), CancellationToken.None);
        Assert.Equal(new ProbeOutcome(succeeded, message), outcome);
        Assert.StartsWith("GET /healthz HTTP/1.1", await serve, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_http_probe_that_gets_no_answer_in_time_fails()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var probe = new V1Probe { HttpGet = new() { Path = "/", Port = "http" }, TimeoutSeconds = 1 };
        var outcome = await ProbeRunner.RunAsync(probe, Target(listener), CancellationToken.None);
        Assert.Equal(new ProbeOutcome(false, "no answer within 1 s"), outcome);
    }

    [Fact]
    public async Task A_tcp_probe_connects()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var target = Target(listener);
        var probe = new V1Probe { TcpSocket = new() { Port = "http" }, TimeoutSeconds = 60 };
        Assert.True((await ProbeRunner.RunAsync(probe, target, CancellationToken.None)).Succeeded);
        listener.Stop();
        var refused = await ProbeRunner.RunAsync(probe, target, CancellationToken.None);
        Assert.False(refused.Succeeded);
        Assert.Contains("Connection refused", refused.Message, StringComparison.Ordinal);
        probe.TcpSocket.Port = "other";
        Assert.Equal("the container has no port named \"other\"", (await ProbeRunner.RunAsync(probe, target, CancellationToken.None)).Message);
    }

    private static async Task<string> ServeOnce(TcpListener listener, string answer)
    {
        using var client = await listener.AcceptTcpClientAsync();
        var buffer = new byte[4096];
        var read = await client.GetStream().ReadAsync(buffer);
        await client.GetStream().WriteAsync(Encoding.ASCII.GetBytes($"HTTP/1.1 {answer}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"));
        return Encoding.ASCII.GetString(buffer, 0, read);
    }

    private static ProbeTarget Target(TcpListener listener) => new(
        "127.0.0.1",
        new V1Container { Name = "c", Ports = [new() { Name = "http", ContainerPort = ((IPEndPoint)listener.LocalEndpoint).Port }] },
        (_, _, _) => throw new InvalidOperationException("not for this probe"));
}
