import GRDB
import Crypto
import CZlib
