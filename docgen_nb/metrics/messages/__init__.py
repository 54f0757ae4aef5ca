"""What a message of a failure says, without the parts that vary."""
