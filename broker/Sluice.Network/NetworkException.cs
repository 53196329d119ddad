namespace Sluice.Network;

/// <summary>The operating system refused something that the network layer cannot do without (a listener, an epoll instance).</summary>
public sealed class NetworkException : Exception
{
    /// <param name="message">What was tried, on what, and the system's answer.</param>
    public NetworkException(string message) : base(message)
    {
    }
}
