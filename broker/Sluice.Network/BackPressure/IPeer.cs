namespace Sluice.Network.BackPressure;

/// <summary>
/// A client as back-pressure sees it, that is, the rules of how much memory clients may make the broker hold, who waits while there is no
/// more, and who is given up.
/// </summary>
internal interface IPeer
{
    /// <summary>How the frame comes in that has begun; null when none ever came in pieces.</summary>
    FrameArrival? Arrival { get; }

    /// <summary>Bytes that the client sends are received.</summary>
    bool IsReading { get; }

    /// <summary>Bytes of memory that answers hold which the client has not taken.</summary>
    long AnswerBytesHeld { get; }

    /// <summary>It waits for memory to begin a frame or to go on with one, and is not read from meanwhile.</summary>
    bool IsStarved { get; set; }

    /// <summary>It is handed no further request until others hold less, or its own answers are sent.</summary>
    bool IsMuted { get; set; }

    /// <summary>For how many calls in a row the client took less than <paramref name="bytesMin"/> of what waits for it.</summary>
    int StalledPeriods(long bytesMin);

    /// <summary>There may be memory again: goes on in the next turn.</summary>
    void GoOn();

    /// <summary>Gives the client up.</summary>
    void Close(CloseReason reason, string detail);
}
