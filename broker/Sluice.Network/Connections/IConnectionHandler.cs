namespace Sluice.Network.Connections;

/// <summary>Serves the requests of a loop's connections. Called on the loop's thread only; must not block.</summary>
public interface IConnectionHandler
{
    /// <summary>
    /// A whole request frame has arrived. It is answered, now or later on this thread, through <paramref name="slot"/>; answers
    /// leave in the order of the requests whatever the order of completion.
    /// </summary>
    /// <param name="connection">Where it came from.</param>
    /// <param name="slot">Its place among the answers.</param>
    /// <param name="frame">The frame without its length; valid until the slot completes, also when the connection closes before.</param>
    /// <exception cref="Protocol.ProtocolException">The bytes are malformed: the connection is closed with this message.</exception>
    void OnRequest(Connection connection, RequestSlot slot, ReadOnlyMemory<byte> frame);

    /// <summary>
    /// The connection is gone. Its open slots must still be completed (what they are given is discarded), which is what frees
    /// their request bytes.
    /// </summary>
    void OnClosed(Connection connection);
}
